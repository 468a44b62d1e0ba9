"""`python -m app` is the command `podscope`."""

from app.cli import main

if __name__ == "__main__":
    main()
