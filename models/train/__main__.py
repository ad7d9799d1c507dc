"""``python -m train``: see `train.recipe`."""

from train.recipe import main

if __name__ == "__main__":
    main()
