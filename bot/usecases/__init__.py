"""What the program does, one use case a file: read, decide, render, one transaction, done."""
