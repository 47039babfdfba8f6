"""Rules of positions: texts by paragraphs, what is agreed and what differs, sessions told by several parties."""
