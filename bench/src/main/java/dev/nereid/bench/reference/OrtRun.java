package dev.nereid.bench.reference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.nereid.bench.engine.OrtTypes;
import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs a session without copies where that can be: inputs where they lie, outputs into memory of the pool once a first
 * run with inputs of these shapes has shown how large they get. A model whose outputs' shapes follow from the values of its
 * inputs is copied from instead, for good. One thread at a time.
 */
final class OrtRun {
    private static final int MOST_SHAPES = 256;

    private record OutputType(DataType dataType, Shape shape) {
        long bytes() {
            return Math.max(1, shape.elements() * dataType.bytes());
        }
    }

    private final OrtModel model;
    private final Map<List<Shape>, Map<String, OutputType>> outputTypes = new LinkedHashMap<>();
    private boolean predictable = true;

    OrtRun(OrtModel model) {
        this.model = model;
    }

    /**
     * One run.
     *
     * @param slabs receives the memory of the outputs, for the caller to give back
     */
    Map<String, Tensor> run(Map<String, Tensor> inputs, List<SlabPool.Slab> slabs) throws OrtException {
        List<OnnxTensor> open = new ArrayList<>();
        try {
            Map<String, OnnxTensor> bound = new LinkedHashMap<>();
            for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
                bound.put(input.getKey(), view(input.getValue(), open));
            }
            List<Shape> shapes = inputs.values().stream().map(Tensor::shape).toList();
            Map<String, OutputType> types = outputTypes.get(shapes);
            if (predictable && types != null) {
                Map<String, Tensor> outputs = pinned(bound, types, slabs, open);
                if (!outputs.isEmpty()) {
                    return outputs;
                }
            }
            return copied(bound, shapes, slabs);
        } finally {
            open.forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor view(Tensor tensor, List<OnnxTensor> open) throws OrtException {
        OnnxTensor view = OnnxTensor.createTensor(
                model.environment(),
                tensor.segment().asSlice(0, tensor.byteSize()).asByteBuffer().order(ByteOrder.nativeOrder()),
                tensor.shape().dims(),
                OrtTypes.of(tensor.dataType()));
        open.add(view);
        return view;
    }

    /** Empty where the outputs turned out to have other shapes than the last time. */
    private Map<String, Tensor> pinned(
            Map<String, OnnxTensor> bound,
            Map<String, OutputType> types,
            List<SlabPool.Slab> slabs,
            List<OnnxTensor> open)
            throws OrtException {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Map<String, OnnxTensor> targets = new LinkedHashMap<>();
        for (Map.Entry<String, OutputType> entry : types.entrySet()) {
            Tensor target = output(entry.getValue(), slabs);
            outputs.put(entry.getKey(), target);
            targets.put(entry.getKey(), view(target, open));
        }
        try (OrtSession.Result _ = model.session().run(bound, targets)) {
            return outputs;
        } catch (OrtException e) {
            predictable = false;
            return Map.of();
        }
    }

    private Map<String, Tensor> copied(Map<String, OnnxTensor> bound, List<Shape> shapes, List<SlabPool.Slab> slabs)
            throws OrtException {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Map<String, OutputType> types = new LinkedHashMap<>();
        try (OrtSession.Result result = model.session().run(bound)) {
            for (Map.Entry<String, OnnxValue> value : result) {
                OnnxTensor tensor = (OnnxTensor) value.getValue();
                TensorInfo info = tensor.getInfo();
                OutputType type = new OutputType(OrtTypes.of(info.type), Shape.of(info.getShape()));
                Tensor output = output(type, slabs);
                if (type.shape().elements() > 0) {
                    output.segment().asByteBuffer().put(tensor.getByteBuffer());
                }
                outputs.put(value.getKey(), output);
                types.put(value.getKey(), type);
            }
        }
        boolean empty = types.values().stream().anyMatch(type -> type.shape().elements() == 0);
        if (!empty && outputTypes.size() < MOST_SHAPES) {
            outputTypes.put(shapes, types);
        }
        return outputs;
    }

    private Tensor output(OutputType type, List<SlabPool.Slab> slabs) {
        SlabPool.Slab slab = model.memory().take(type.bytes());
        slabs.add(slab);
        return Tensor.of(type.dataType(), type.shape(), slab.segment());
    }
}
