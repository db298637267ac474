package dev.nereid.server.backend.plan;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.TextPacking;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.Outputs;
import dev.nereid.server.protocol.InferException;
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
import java.util.concurrent.CancellationException;

/**
 * Runs batches of a {@link PlanModel} that packs texts: all of a batch in one run, whatever their lengths. A request of
 * [n, tokens] is n texts.
 */
final class PackedInstance implements ModelInstance {
    private final PlanModel model;
    private final LoadedModel loaded;
    private final TextPacking.Packed packing;

    /** @param loaded the model at the place where this instance runs it, packed */
    PackedInstance(PlanModel model, LoadedModel loaded, TextPacking.Packed packing) {
        this.model = model;
        this.loaded = loaded;
        this.packing = packing;
    }

    /** One request's texts, each of so many tokens. */
    private record Texts(Execution execution, long count, long length) {
        long tokens() {
            return count * length;
        }
    }

    @Override
    public void execute(Batch batch) {
        List<Texts> all = new ArrayList<>(batch.executions().size());
        for (Execution execution : PlanInstance.wanted(batch)) {
            try {
                all.add(texts(execution));
            } catch (InferException e) {
                execution.fail(e);
            }
        }
        if (!all.isEmpty()) {
            runOrFail(all);
        }
    }

    @Override
    public boolean startsAtOnce() {
        return model.startsAtOnce();
    }

    @Override
    public void close() {}

    /** What a request brings, checked: what does not suit the model must not spoil the others' run. */
    private Texts texts(Execution execution) {
        Shape first = Shape.SCALAR;
        for (int i = 0; i < model.inputs().size(); i++) {
            PlanInput input = model.inputs().get(i);
            Shape shape = input.single(execution).shape();
            LoadedModel.Port port = loaded.inputs().get(i);
            boolean fits = shape.rank() == port.type().rank() && shape.rank() >= 2;
            for (int axis = 2; fits && axis < shape.rank(); axis++) {
                fits = port.type().dim(axis).is(shape.dim(axis));
            }
            if (!fits) {
                throw refusal(
                        execution,
                        "input '" + input.name() + "': expected [texts, tokens" + restDims(port) + "], got " + shape);
            }
            if (i == 0) {
                first = shape;
            } else if (shape.dim(0) != first.dim(0) || shape.dim(1) != first.dim(1)) {
                throw refusal(
                        execution,
                        "inputs '" + model.inputs().getFirst().name() + "' and '" + input.name()
                                + "': expected as many texts and tokens in both, got shapes " + first + " and "
                                + shape);
            }
        }
        long length = first.dim(1);
        if (first.dim(0) < 1 || length < 1 || length > packing.longest()) {
            throw refusal(
                    execution,
                    "input '" + model.inputs().getFirst().name() + "': expected texts of 1 to "
                            + (packing.longest() == Long.MAX_VALUE ? "any number of" : packing.longest())
                            + " tokens, got shape " + first);
        }
        return new Texts(execution, first.dim(0), length);
    }

    private static String restDims(LoadedModel.Port port) {
        StringBuilder text = new StringBuilder();
        for (int axis = 2; axis < port.type().rank(); axis++) {
            text.append(", ").append(port.type().dim(axis));
        }
        return text.toString();
    }

    private InferException refusal(Execution execution, String text) {
        return InferException.invalid(execution.request().header().prefix() + "model '" + model.name() + "': " + text);
    }

    /** Texts that fail together are run one request at a time: only the one at fault fails. */
    private void runOrFail(List<Texts> texts) {
        try {
            run(texts);
        } catch (CancellationException e) {
            texts.forEach(each -> each.execution().fail(model.cancelled()));
        } catch (ExecutionException | InferException | NoMemoryException e) {
            if (texts.size() > 1) {
                texts.forEach(each -> runOrFail(List.of(each)));
                return;
            }
            texts.getFirst().execution().fail(PlanInstance.failure(model.name(), e));
        }
    }

    private void run(List<Texts> texts) {
        SharedRun run = start(texts);
        texts.getFirst().execution().stage(Execution.Stage.INFER_DONE);
        List<InferResponse> responses = new ArrayList<>(texts.size());
        try {
            long token = 0;
            long text = 0;
            for (Texts each : texts) {
                responses.add(response(each, run, token, text));
                token += each.tokens();
                text += each.count();
            }
        } catch (RuntimeException | Error e) {
            run.free();
            throw e;
        }
        // All responses are made before the first is handed over: the time stamps then hold for the whole batch.
        for (int i = 0; i < texts.size(); i++) {
            texts.get(i).execution().respond(responses.get(i), true);
        }
    }

    private SharedRun start(List<Texts> texts) {
        List<SlabPool.Slab> slabs = new ArrayList<>();
        try {
            List<Tensor> tensors = new ArrayList<>(model.inputs().size() + 1);
            for (PlanInput input : model.inputs()) {
                tensors.add(tokens(input, texts, slabs));
            }
            tensors.add(ends(texts, slabs));
            texts.getFirst().execution().stage(Execution.Stage.INPUT_DONE);
            RunResult result = model.run(
                    loaded,
                    tensors,
                    model.cancellation(texts.stream().map(Texts::execution).toList()));
            return new SharedRun(texts.size(), result, slabs);
        } catch (RuntimeException | Error e) {
            slabs.forEach(SlabPool.Slab::close);
            throw e;
        }
    }

    /** The tokens of all texts one behind the other: [1, tokens, ...]. */
    private Tensor tokens(PlanInput input, List<Texts> texts, List<SlabPool.Slab> slabs) {
        Tensor first = input.single(texts.getFirst().execution());
        long all = texts.stream().mapToLong(Texts::tokens).sum();
        Shape shape = first.shape().withDim(0, 1).withDim(1, all);
        if (texts.size() == 1) {
            return first.withShape(shape);
        }
        if (first.dataType() == DataType.STRING) {
            List<byte[]> elements = new ArrayList<>();
            texts.forEach(each ->
                    elements.addAll(List.of(input.single(each.execution()).strings())));
            return Tensor.ofStrings(shape, elements.toArray(byte[][]::new));
        }
        SlabPool.Slab slab =
                model.memory().take(shape.elements() * first.dataType().bytes());
        slabs.add(slab);
        long offset = 0;
        for (Texts each : texts) {
            Tensor part = input.single(each.execution());
            MemorySegment.copy(part.segment(), 0, slab.segment(), offset, part.byteSize());
            offset += part.byteSize();
        }
        return Tensor.of(first.dataType(), shape, slab.segment());
    }

    /** Where each text ends: [texts]. */
    private Tensor ends(List<Texts> texts, List<SlabPool.Slab> slabs) {
        long count = texts.stream().mapToLong(Texts::count).sum();
        SlabPool.Slab slab = model.memory().take(count * Long.BYTES);
        slabs.add(slab);
        long text = 0;
        long end = 0;
        for (Texts each : texts) {
            for (long i = 0; i < each.count(); i++) {
                end += each.length();
                slab.segment().setAtIndex(ValueLayout.JAVA_LONG, text++, end);
            }
        }
        return Tensor.of(DataType.INT64, Shape.of(count), slab.segment());
    }

    private InferResponse response(Texts texts, SharedRun run, long token, long text) {
        Execution execution = texts.execution();
        List<OutputTensor> outputs = new ArrayList<>(model.outputs().size());
        for (PlanOutput output : model.outputs()) {
            if (Outputs.wanted(execution.request(), output.name())) {
                Tensor whole = run.result().outputs().get(output.index());
                Tensor part = packing.outputs().get(output.index()) == TextPacking.Part.TOKENS
                        ? PlanOutput.packed(whole, token, texts.count(), texts.length())
                        : PlanOutput.packed(whole, text, texts.count());
                outputs.add(new OutputTensor(output.name(), part));
            }
        }
        return new InferResponse(
                model.name(), model.version(), execution.request().header().id(), Map.of(), outputs, run::release);
    }
}
