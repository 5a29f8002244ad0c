"""Picture: a chart that is nothing but a picture."""

from xml.etree.ElementTree import Element


def without_scripts(root: Element) -> Element:
    """Return pygal's drawing without the script that it adds for its tooltips."""
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).endswith("script"):
                parent.remove(child)
    return root
