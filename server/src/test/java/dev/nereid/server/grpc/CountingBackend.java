package dev.nereid.server.grpc;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ThreadedBackend;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** A decoupled backend that answers a number n with the numbers from 1 to n, one a response. */
final class CountingBackend {
    private CountingBackend() {}

    static Backend create() {
        return new ThreadedBackend("counting", CountingBackend::count);
    }

    private static void count(Execution execution) {
        int last = execution.input("INPUT0").orElseThrow().segment().get(ValueLayout.JAVA_INT, 0);
        for (int number = 1; number <= last; number++) {
            NativeMemory memory = NativeMemory.allocate(Integer.BYTES);
            memory.segment().set(ValueLayout.JAVA_INT, 0, number);
            Tensor tensor = Tensor.of(DataType.INT32, Shape.of(1, 1), memory.segment());
            execution.respond(
                    new InferResponse(
                            "counting",
                            "1",
                            execution.request().header().id(),
                            Map.of(),
                            List.of(new OutputTensor("OUTPUT0", tensor)),
                            memory::close),
                    false);
        }
        execution.end();
    }
}
