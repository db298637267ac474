package dev.nereid.server.torchserve.handler;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A handler of a test, its memory, and texts instead of bytes. */
final class Handling implements AutoCloseable {
    static final List<ModelTensor> IMAGES = List.of(tensor("x", DataType.FP32, -1, 3, 224, 224));
    static final List<ModelTensor> SCORES = List.of(tensor("y", DataType.FP32, -1, 3));

    final SlabPool memory = new SlabPool(0);
    final RequestBudget budget = RequestBudget.ofHeap(64 << 20);
    final RequestBudget.Share share = budget.open();
    final ModelHandler handler;

    Handling(ModelHandler.Setup setup) {
        handler = ModelHandler.of(setup);
    }

    static Handling of(
            String handler, String envelope, Path folder, List<ModelTensor> inputs, List<ModelTensor> outputs) {
        return new Handling(
                new ModelHandler.Setup(handler, envelope, folder, Optional.empty(), "a-model", "1.0", inputs, outputs));
    }

    static ModelTensor tensor(String name, DataType type, long... dims) {
        return new ModelTensor(name, type, Arrays.stream(dims).boxed().toList());
    }

    static RequestPart json(String text) {
        return new RequestPart(text.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    static RequestPart text(String text) {
        return new RequestPart(text.getBytes(StandardCharsets.UTF_8), "text/plain; charset=utf-8");
    }

    static RequestPart bytes(byte[] bytes) {
        return new RequestPart(bytes, "");
    }

    ModelHandler.Prepared prepare(String name, RequestPart part) {
        return handler.preprocess(Map.of(name, part), memory, share);
    }

    ModelHandler.Prepared prepare(RequestPart body) {
        return prepare("body", body);
    }

    String answer(ModelHandler.Prepared prepared, OutputTensor... outputs) {
        byte[] answer = handler.postprocess(prepared, List.of(outputs), "an-id", share);
        return new String(answer, StandardCharsets.US_ASCII);
    }

    static OutputTensor floats(String name, Shape shape, float... values) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return new OutputTensor(name, Tensor.of(DataType.FP32, shape, MemorySegment.ofBuffer(buffer)));
    }

    static OutputTensor longs(String name, Shape shape, long... values) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return new OutputTensor(name, Tensor.of(DataType.INT64, shape, MemorySegment.ofBuffer(buffer)));
    }

    static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) TensorElements.real(tensor, i);
        }
        return values;
    }

    static long[] longs(Tensor tensor) {
        long[] values = new long[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = TensorElements.integer(tensor, i);
        }
        return values;
    }

    @Override
    public void close() {
        share.close();
        memory.close();
    }
}
