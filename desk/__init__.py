"""What the people who speak to clients work with: persons, sentences, promises."""
