"""The colour of a picture, best three classes with labels. Needs: pip install tritonclient[http] pillow"""

import sys

import numpy as np
import tritonclient.http as triton
from PIL import Image

picture = sys.argv[1]
server = sys.argv[2] if len(sys.argv) > 2 else "localhost:8000"

# What the model was trained on: RGB, 16 by 16, numbers of 0 to 1, planes of colours first, a batch of one.
image = Image.open(picture).convert("RGB").resize((16, 16), Image.BILINEAR)
pixels = np.asarray(image, dtype=np.float32).transpose(2, 0, 1)[np.newaxis] / 255

tensor = triton.InferInput("PIXELS", list(pixels.shape), "FP32")
tensor.set_data_from_numpy(pixels)
best = triton.InferRequestedOutput("SCORES", class_count=3)

client = triton.InferenceServerClient(url=server)
result = client.infer("colour_classifier", inputs=[tensor], outputs=[best])
client.close()

for text in result.as_numpy("SCORES").reshape(-1):  # "<score>:<index>:<label>" each
    score, _, label = text.decode().split(":")
    print(f"{label} {float(score):.2f}")
