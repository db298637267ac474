package dev.nereid.server.grpc;

import dev.nereid.memory.NativeMemory;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A decoupled backend that answers a number n with the numbers from 1 to n, one a response, from a thread of its own. */
final class CountingBackend implements Backend {
    @Override
    public String name() {
        return "counting";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                return new Instance();
            }

            @Override
            public long memoryBytes() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }

    private static final class Instance implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            batch.executions()
                    .forEach(execution -> Thread.ofVirtual().name("counting").start(() -> count(execution)));
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

        @Override
        public void close() {}
    }
}
