"""The tables of the studio: versions with their files, which is live, and the shared draft."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from handoff.store.tables import Moment, metadata

# Only ever added to.
content_versions = Table(
    "content_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    # The version that was live when its writer began; none for the first.
    Column("based_on", Integer, ForeignKey("content_versions.number")),
    Column("sha256", Text, nullable=False),
    Index("content_versions_by_sha256", "sha256"),
)

# Versions differ in a few files: a text that several share is kept once.
content_texts = Table(
    "content_texts",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

content_files = Table(
    "content_files",
    metadata,
    Column("version", Integer, ForeignKey("content_versions.number"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text, ForeignKey("content_texts.sha256"), nullable=False),
)

# Only ever added to: who made which version live, and why.
content_moves = Table(
    "content_moves",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    # "publish" or "rollback".
    Column("kind", Text, nullable=False),
    Column("version", Integer, ForeignKey("content_versions.number"), nullable=False),
    # What was live until then.
    Column("before", Integer, ForeignKey("content_versions.number")),
    # What was found worse, and published all the same.
    Column("although", Text),
    sqlite_autoincrement=True,
)

# One row, which whoever publishes or rolls back takes first: so they stand in one line.
content_live = Table(
    "content_live",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, ForeignKey("content_versions.number")),
)

# What was learned from some files, for processes that did not learn it. It may be lost: it is
# learned again. Files are told by their sha256, as a version's are, so that what was learned
# before publishing is there when it is published.
content_learned = Table(
    "content_learned",
    metadata,
    Column("files", Text, primary_key=True),
    # Changes when the same files would be learned otherwise.
    Column("by", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    # Of the content.
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# Only ever added to: each save of a file that owners work on together. The last row of a path
# counts; its number is what a page that shows the file remembers.
drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    # "saved", or "settled" when the file was published or given up.
    Column("kind", Text, nullable=False),
    # None for a file that is taken out.
    Column("text", Text),
    # What was live when work on the file began; None for a file that was not there.
    Column("base", Text),
    Column("based_on", Integer, ForeignKey("content_versions.number")),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("drafts_by_path", "path", "id"),
    sqlite_autoincrement=True,
)
