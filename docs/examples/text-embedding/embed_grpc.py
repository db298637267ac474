"""How similar sentences are, with a sentence model, over gRPC. Needs: pip install tritonclient[grpc]"""

import json
import re
import sys
import unicodedata

import numpy as np
import tritonclient.grpc as triton

server = sys.argv[1]
sentences = sys.argv[2:]
vocabulary = json.load(open("models/examples/minilm/tokenizer.json", encoding="utf-8"))["model"]["vocab"]


def tokenize(text):
    """BERT's token ids of a text. The package tokenizers does the same, faster and for every tokenizer.json."""
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    ids = []
    for word in re.findall(r"[^\W_]+|[^\w\s]|_", text):
        pieces, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            end = next((e for e in range(len(word), start, -1) if prefix + word[start:e] in vocabulary), start)
            if end == start:
                pieces = [vocabulary["[UNK]"]]
                break
            pieces.append(vocabulary[prefix + word[start:end]])
            start = end
        ids += pieces
    return [vocabulary["[CLS]"], *ids[:126], vocabulary["[SEP]"]]


def tensor(name, data):
    result = triton.InferInput(name, list(data.shape), "INT64")
    result.set_data_from_numpy(data)
    return result


# One request for all sentences: shorter ones are padded with zeros, and the mask says which tokens count.
tokens = [tokenize(sentence) for sentence in sentences]
ids = np.zeros([len(tokens), max(map(len, tokens))], dtype=np.int64)
mask = np.zeros_like(ids)
for row, sentence in enumerate(tokens):
    ids[row, : len(sentence)] = sentence
    mask[row, : len(sentence)] = 1

client = triton.InferenceServerClient(url=server)
inputs = [tensor("input_ids", ids), tensor("attention_mask", mask), tensor("token_type_ids", np.zeros_like(ids))]
states = client.infer("minilm", inputs=inputs).as_numpy("last_hidden_state")  # [sentences, tokens, 384]
client.close()

embeddings = (states * mask[:, :, np.newaxis]).sum(axis=1)  # the mean but for its length, which goes next
embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
for i in range(len(sentences)):
    for j in range(i + 1, len(sentences)):
        print(f"[{i}] ~ [{j}]  {embeddings[i] @ embeddings[j]:.3f}")
