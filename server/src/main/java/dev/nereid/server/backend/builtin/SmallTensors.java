package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Outputs;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes responses whose outputs hold one integer of 32 bits over and over: all that the backends for tests answer. */
record SmallTensors(String model, String version, SlabPool memory) {
    /** One output: every element is {@code value}. */
    record Filled(String name, DataType type, Shape shape, int value) {}

    /** A response with those outputs that the request wants; its memory goes back when it is closed. */
    InferResponse response(InferRequest request, Filled... outputs) {
        List<SlabPool.Slab> slabs = new ArrayList<>();
        List<OutputTensor> tensors = new ArrayList<>();
        for (Filled output : outputs) {
            if (Outputs.wanted(request, output.name())) {
                SlabPool.Slab slab = memory.take(output.shape().elements() * Integer.BYTES);
                slabs.add(slab);
                tensors.add(new OutputTensor(output.name(), filled(output, slab.segment())));
            }
        }
        return new InferResponse(
                model, version, request.header().id(), Map.of(), tensors, () -> slabs.forEach(SlabPool.Slab::close));
    }

    private static Tensor filled(Filled output, MemorySegment segment) {
        for (long i = 0; i < output.shape().elements(); i++) {
            segment.setAtIndex(ValueLayout.JAVA_INT, i, output.value());
        }
        return Tensor.of(output.type(), output.shape(), segment);
    }
}
