"""``python -m nerbench`` is the command line."""

from nerbench.cli.app import main

if __name__ == "__main__":
    main()
