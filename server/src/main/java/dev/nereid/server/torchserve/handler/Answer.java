package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.json.WireText;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** What a handler answers to one instance, as the JSON value that the Python handler's object becomes. */
sealed interface Answer {
    void write(PythonJson json);

    /** The bytes of the whole body, if there is no envelope around it. */
    default byte[] body(PythonJson json) {
        write(json);
        return json.toBytes();
    }

    /** The shape of the NumPy array that envelope v2 makes of it. */
    Shape shape();

    /** The datatype of that array's elements, in terms of envelope v2. */
    String dataType();

    /** Writes the elements of that array, without brackets where it has no dims. */
    void writeFlat(PythonJson json);

    /** Bytes that stay as they are. */
    @SuppressWarnings("ArrayRecordComponent")
    record Raw(byte[] bytes) implements Answer {
        @Override
        public byte[] body(PythonJson json) {
            return bytes;
        }

        @Override
        public void write(PythonJson json) {
            json.value(WireText.decode(bytes, 0, bytes.length));
        }

        @Override
        public Shape shape() {
            return Shape.SCALAR;
        }

        @Override
        public String dataType() {
            return "BYTES";
        }

        @Override
        public void writeFlat(PythonJson json) {
            write(json);
        }
    }

    /** Labels and their probabilities, in order. */
    record Scores(Map<String, Float> probabilities) implements Answer {
        @Override
        public void write(PythonJson json) {
            json.beginObject();
            probabilities.forEach((label, probability) -> json.name(label).value((double) probability));
            json.endObject();
        }

        @Override
        public Shape shape() {
            return Shape.SCALAR;
        }

        @Override
        public String dataType() {
            return "BYTES";
        }

        @Override
        public void writeFlat(PythonJson json) {
            write(json);
        }
    }

    /**
     * Labels with boxes and scores.
     *
     * @param labels in order, as many as there are boxes
     * @param boxes four edges each
     */
    record Detections(List<String> labels, List<List<Float>> boxes, List<Float> scores) implements Answer {
        @Override
        public void write(PythonJson json) {
            json.beginArray();
            for (int i = 0; i < labels.size(); i++) {
                json.beginObject().name(labels.get(i)).beginArray();
                boxes.get(i).forEach(edge -> json.value((double) edge));
                json.endArray().name("score").value((double) scores.get(i)).endObject();
            }
            json.endArray();
        }

        @Override
        public Shape shape() {
            return Shape.of(labels.size());
        }

        @Override
        public String dataType() {
            return labels.isEmpty() ? "FP64" : "BYTES";
        }

        @Override
        public void writeFlat(PythonJson json) {
            write(json);
        }
    }

    /**
     * A part of a tensor as nested lists.
     *
     * @param offset the first element
     * @param shape of the part
     */
    record Values(Tensor tensor, long offset, Shape shape) implements Answer {
        @Override
        public void write(PythonJson json) {
            write(json, 0, offset);
        }

        private void write(PythonJson json, int axis, long from) {
            if (axis == shape.rank()) {
                element(json, from);
                return;
            }
            long stride = shape.elements(axis + 1, shape.rank());
            json.beginArray();
            if (axis + 1 == shape.rank() && tensor.dataType() == DataType.FP32) {
                json.floats(tensor.segment(), from * Float.BYTES, shape.dim(axis))
                        .endArray();
                return;
            }
            for (long i = 0; i < shape.dim(axis); i++) {
                write(json, axis + 1, from + i * stride);
            }
            json.endArray();
        }

        private void element(PythonJson json, long index) {
            DataType type = tensor.dataType();
            switch (type.kind()) {
                case BOOL -> json.value(TensorElements.integer(tensor, index) != 0);
                case SIGNED -> json.value(TensorElements.integer(tensor, index));
                case UNSIGNED -> json.unsignedValue(TensorElements.integer(tensor, index));
                case STRING -> {
                    byte[] text = tensor.strings()[Math.toIntExact(index)];
                    json.value(WireText.decode(text, 0, text.length));
                }
                default -> json.value(TensorElements.real(tensor, index));
            }
        }

        /** Python's lists have no other types than these. */
        @Override
        public String dataType() {
            if (shape.elements() == 0) {
                return "FP64";
            }
            return switch (tensor.dataType().kind()) {
                case BOOL -> "BOOL";
                case SIGNED, UNSIGNED -> "INT64";
                case STRING -> "BYTES";
                default -> "FP64";
            };
        }

        @Override
        public void writeFlat(PythonJson json) {
            if (shape.rank() == 0) {
                element(json, offset);
                return;
            }
            json.beginArray();
            if (tensor.dataType() == DataType.FP32) {
                json.floats(tensor.segment(), offset * Float.BYTES, shape.elements());
            } else {
                for (long i = 0; i < shape.elements(); i++) {
                    element(json, offset + i);
                }
            }
            json.endArray();
        }
    }

    /**
     * The most probable class of each pixel, as a float, and its probability.
     *
     * @param logits of shape [rows, classes, height, width]
     */
    record Segments(Tensor logits, int row) implements Answer {
        private static final int PAIR = 2;

        @Override
        public void write(PythonJson json) {
            long width = logits.shape().dim(3);
            json.beginArray();
            for (long y = 0; y < logits.shape().dim(2); y++) {
                json.beginArray();
                for (long x = 0; x < width; x++) {
                    json.beginArray();
                    writePixel(json, y * width + x);
                    json.endArray();
                }
                json.endArray();
            }
            json.endArray();
        }

        private void writePixel(PythonJson json, long pixel) {
            long pixels = logits.shape().elements(2, 4);
            float[] probabilities = new float[Math.toIntExact(logits.shape().dim(1))];
            TensorElements.softmax(logits, (long) row * probabilities.length * pixels + pixel, pixels, probabilities);
            int best = 0;
            for (int i = 1; i < probabilities.length; i++) {
                if (probabilities[i] > probabilities[best]) {
                    best = i;
                }
            }
            json.value((double) best).value((double) probabilities[best]);
        }

        @Override
        public Shape shape() {
            return Shape.of(logits.shape().dim(2), logits.shape().dim(3), PAIR);
        }

        @Override
        public String dataType() {
            return "FP64";
        }

        @Override
        public void writeFlat(PythonJson json) {
            json.beginArray();
            for (long pixel = 0; pixel < logits.shape().elements(2, 4); pixel++) {
                writePixel(json, pixel);
            }
            json.endArray();
        }
    }
}
