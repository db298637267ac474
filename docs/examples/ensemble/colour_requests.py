"""The colour of a picture of any size; the server prepares the pixels. Needs: pip install requests numpy pillow"""

import json
import sys

import numpy as np
import requests
from PIL import Image

picture = sys.argv[1]
server = sys.argv[2] if len(sys.argv) > 2 else "localhost:8000"
pixels = np.asarray(Image.open(picture).convert("RGB"))  # bytes, [height, width, 3]

# The binary tensor data extension: JSON, then the bytes of each tensor; a header says where the JSON ends.
header = json.dumps({
    "inputs": [{
        "name": "IMAGE", "datatype": "UINT8", "shape": [1, *pixels.shape],
        "parameters": {"binary_data_size": pixels.nbytes},
    }],
    "outputs": [{"name": "SCORES", "parameters": {"classification": 1}}],
}).encode()
response = requests.post(
    f"http://{server}/v2/models/colour_name/infer",
    data=header + pixels.tobytes(),
    headers={"Inference-Header-Content-Length": str(len(header))},
    timeout=10,
)
if response.status_code != 200:
    sys.exit(f"{response.status_code}: {response.json()['error']}")
print(response.json()["outputs"][0]["data"][0])
