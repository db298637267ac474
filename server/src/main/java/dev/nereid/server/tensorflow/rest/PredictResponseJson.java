package dev.nereid.server.tensorflow.rest;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.tensorflow.TensorflowTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/**
 * Writes the outputs of a model, in rows or as the tensors they are, as the request gave its inputs. Source: json_tensor.cc.
 */
final class PredictResponseJson {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE);

    /** An output whose name ends so holds bytes that are no text. */
    private static final String BYTES = "_bytes";

    private static final int HEAD_BYTES = 512;
    private static final int NUMBER_BYTES = 14;

    private PredictResponseJson() {}

    /** The answer to a request that gave columns. */
    static PrettyJson columns(List<OutputTensor> outputs, RequestBudget.Share share) {
        PrettyJson json = begin(outputs, share);
        json.beginObject().name("outputs");
        boolean named = outputs.size() > 1;
        if (named) {
            json.beginObject();
        }
        for (OutputTensor output : outputs) {
            if (named) {
                json.name(output.name());
            }
            new Values(json, output).write(0);
        }
        if (named) {
            json.endObject();
        }
        json.endObject();
        return json;
    }

    /**
     * The answer to a request that gave rows.
     *
     * @throws InferException if the outputs have no rows, or not the same number of them
     */
    static PrettyJson rows(List<OutputTensor> outputs, RequestBudget.Share share) {
        PrettyJson json = begin(outputs, share);
        long batch = batchSize(outputs);
        List<Values> values =
                outputs.stream().map(output -> new Values(json, output)).toList();
        json.beginObject().name("predictions").beginArray();
        boolean named = outputs.size() > 1;
        for (long row = 0; row < batch; row++) {
            if (named) {
                json.beginObject();
            }
            json.singleLine(true);
            for (int i = 0; i < values.size(); i++) {
                if (named) {
                    json.name(outputs.get(i).name());
                }
                values.get(i).write(1);
            }
            json.singleLine(false);
            if (named) {
                json.endObject();
            }
        }
        json.endArray().endObject();
        return json;
    }

    private static PrettyJson begin(List<OutputTensor> outputs, RequestBudget.Share share) {
        if (outputs.isEmpty()) {
            throw InferException.invalid("Cannot convert empty tensor map to JSON");
        }
        long bytes = HEAD_BYTES;
        for (OutputTensor output : outputs) {
            checkWritable(output.tensor().dataType());
            bytes += output.tensor().shape().elements() * NUMBER_BYTES;
        }
        return new PrettyJson(bytes, share);
    }

    private static void checkWritable(DataType type) {
        switch (type) {
            case FP32, FP64, INT8, INT16, INT32, INT64, UINT8, UINT32, UINT64, BOOL, STRING -> {}
            default ->
                throw InferException.invalid(
                        "Failed to write JSON value for tensor type: " + TensorflowTypes.name(type));
        }
    }

    private static long batchSize(List<OutputTensor> outputs) {
        long batch = -1;
        for (OutputTensor output : outputs) {
            long[] dims = output.tensor().shape().dims();
            if (dims.length == 0) {
                throw InferException.invalid("Tensor name: " + output.name() + " has no shape information ");
            }
            if (batch >= 0 && dims[0] != batch) {
                throw InferException.invalid("Tensor name: " + output.name() + " has inconsistent batch size: "
                        + dims[0] + " expecting: " + batch);
            }
            batch = dims[0];
        }
        return batch;
    }

    /** The elements of one output, written one after the other. */
    private static final class Values {
        private final PrettyJson json;
        private final Tensor tensor;
        private final long[] dims;
        private final boolean asBase64;
        private long next;

        private Values(PrettyJson json, OutputTensor output) {
            this.json = json;
            this.tensor = output.tensor();
            this.dims = tensor.shape().dims();
            this.asBase64 = output.name().endsWith(BYTES);
        }

        /** Writes the elements of the dims from one on. */
        private void write(int dim) {
            if (dim == dims.length) {
                elements(1);
                return;
            }
            json.beginArray();
            if (dim == dims.length - 1) {
                elements(dims[dim]);
            } else {
                for (long i = 0; i < dims[dim]; i++) {
                    write(dim + 1);
                }
            }
            json.endArray();
        }

        private void elements(long count) {
            long end = next + count;
            if (tensor.dataType() == DataType.STRING) {
                for (; next < end; next++) {
                    string(tensor.strings()[(int) next]);
                }
                return;
            }
            MemorySegment segment = tensor.segment();
            switch (tensor.dataType()) {
                case FP32 -> {
                    for (long i = next; i < end; i++) {
                        json.value(segment.get(FLOAT, i * Float.BYTES));
                    }
                }
                case FP64 -> {
                    for (long i = next; i < end; i++) {
                        json.value(segment.get(DOUBLE, i * Double.BYTES));
                    }
                }
                case INT64 -> {
                    for (long i = next; i < end; i++) {
                        json.value(segment.get(LONG, i * Long.BYTES));
                    }
                }
                default -> {
                    for (long i = next; i < end; i++) {
                        other(segment, i);
                    }
                }
            }
            next = end;
        }

        private void other(MemorySegment segment, long i) {
            switch (tensor.dataType()) {
                case BOOL -> json.value(segment.get(ValueLayout.JAVA_BYTE, i) != 0);
                case INT8 -> json.value((long) segment.get(ValueLayout.JAVA_BYTE, i));
                case UINT8 -> json.value(Byte.toUnsignedLong(segment.get(ValueLayout.JAVA_BYTE, i)));
                case INT16 -> json.value((long) segment.get(SHORT, i * Short.BYTES));
                case INT32 -> json.value((long) segment.get(INT, i * Integer.BYTES));
                case UINT32 -> json.value(Integer.toUnsignedLong(segment.get(INT, i * Integer.BYTES)));
                case UINT64 -> json.unsignedValue(segment.get(LONG, i * Long.BYTES));
                default -> throw new IllegalStateException("no JSON for " + tensor.dataType());
            }
        }

        private void string(byte[] bytes) {
            if (!asBase64) {
                json.string(bytes);
                return;
            }
            json.beginObject().name("b64");
            json.string(Base64.getEncoder().encode(bytes));
            json.endObject();
        }
    }
}
