package dev.nereid.bench.reference;

import ai.onnxruntime.OrtException;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs batches as Triton's ONNX backend does: one run a batch; the inputs of one request where they lie, those of several
 * gathered; each request gets its rows of the outputs.
 */
final class OrtInstance implements ModelInstance {
    private final OrtModel model;
    private final OrtRun run;

    OrtInstance(OrtModel model) {
        this.model = model;
        this.run = new OrtRun(model);
    }

    @Override
    public void execute(Batch batch) {
        List<Execution> executions = batch.executions();
        List<SlabPool.Slab> slabs = new ArrayList<>();
        Map<String, Tensor> outputs;
        try {
            Map<String, Tensor> inputs = inputs(executions, slabs);
            executions.getFirst().stage(Execution.Stage.INPUT_DONE);
            outputs = run.run(inputs, slabs);
            executions.getFirst().stage(Execution.Stage.INFER_DONE);
        } catch (OrtException e) {
            slabs.forEach(SlabPool.Slab::close);
            throw new InferException(InferException.Code.INTERNAL, "onnx runtime error: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            slabs.forEach(SlabPool.Slab::close);
            throw e;
        }
        AtomicInteger users = new AtomicInteger(executions.size());
        Runnable release = () -> {
            if (users.decrementAndGet() == 0) {
                slabs.forEach(SlabPool.Slab::close);
            }
        };
        long rows = executions.stream().mapToLong(this::rows).sum();
        long from = 0;
        for (Execution execution : executions) {
            long count = rows(execution);
            execution.respond(response(execution, outputs, from, count, rows, release), true);
            from += count;
        }
    }

    private Map<String, Tensor> inputs(List<Execution> executions, List<SlabPool.Slab> slabs) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (String name : model.session().getInputNames()) {
            List<Tensor> parts = executions.stream()
                    .map(execution -> execution
                            .request()
                            .input(name)
                            .map(InputTensor::tensor)
                            .orElseThrow(() -> InferException.invalid("the request has no input '" + name + "'")))
                    .toList();
            inputs.put(name, parts.size() == 1 ? parts.getFirst() : joined(parts, slabs));
        }
        return inputs;
    }

    private Tensor joined(List<Tensor> parts, List<SlabPool.Slab> slabs) {
        Tensor first = parts.getFirst();
        long rows = parts.stream().mapToLong(part -> part.shape().dim(0)).sum();
        Shape shape = first.shape().withDim(0, rows);
        SlabPool.Slab slab =
                model.memory().take(shape.elements() * first.dataType().bytes());
        slabs.add(slab);
        long offset = 0;
        for (Tensor part : parts) {
            MemorySegment.copy(part.segment(), 0, slab.segment(), offset, part.byteSize());
            offset += part.byteSize();
        }
        return Tensor.of(first.dataType(), shape, slab.segment());
    }

    private InferResponse response(
            Execution execution, Map<String, Tensor> outputs, long from, long count, long rows, Runnable release) {
        List<OutputTensor> wanted = new ArrayList<>();
        for (String name : model.outputs()) {
            boolean asked = execution.request().outputs().isEmpty()
                    || execution.request().outputs().stream()
                            .anyMatch(output -> output.name().equals(name));
            if (asked) {
                wanted.add(new OutputTensor(
                        name, rows(name, Objects.requireNonNull(outputs.get(name), name), from, count, rows)));
            }
        }
        return new InferResponse(
                model.name(), model.version(), execution.request().header().id(), Map.of(), wanted, release);
    }

    private static Tensor rows(String name, Tensor whole, long from, long count, long rows) {
        if (count == rows) {
            return whole;
        }
        if (whole.shape().rank() == 0 || whole.shape().dim(0) != rows) {
            throw InferException.internal(
                    "output '" + name + "' of a batch of " + rows + " must have that many rows, got " + whole.shape());
        }
        long rowBytes = whole.byteSize() / rows;
        return Tensor.of(
                whole.dataType(),
                whole.shape().withDim(0, count),
                whole.segment().asSlice(from * rowBytes, count * rowBytes));
    }

    /** What a request takes of the batch; 1 for models that do not batch. */
    private long rows(Execution execution) {
        return model.batches() && !execution.request().inputs().isEmpty()
                ? execution.request().inputs().getFirst().tensor().shape().dim(0)
                : 1;
    }

    @Override
    public void close() {}
}
