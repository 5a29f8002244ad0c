"""The commands of `kalm`, one small file each; `bot.cli` gathers them."""
