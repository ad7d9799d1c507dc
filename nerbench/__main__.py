"""``python -m nerbench`` is the command line."""

from nerbench.cli import main

if __name__ == "__main__":
    main()
