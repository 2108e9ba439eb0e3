"""Pictures that travel in a page as addresses, read back."""

import base64
import io

import numpy as np
from PIL import Image


def pixels_of(address):
    """Return the pixels of a PNG in a data address, (height, width, 3)."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))
