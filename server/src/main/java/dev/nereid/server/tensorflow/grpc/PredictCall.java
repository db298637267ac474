package dev.nereid.server.tensorflow.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictResponse;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.server.grpc.CallMemory;
import dev.nereid.server.grpc.UnaryCall;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.tensorflow.ServableSpec;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.TensorflowTypes;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A message that asks for a prediction, as a request. Source: predict_util.cc.
 *
 * @param memory what the call holds of the heap
 * @param asContent whether tensors are answered as bytes
 */
record PredictCall(Model model, InferRequest request, ModelSignature signature, CallMemory memory, boolean asContent)
        implements UnaryCall.Decoded<PredictResponse> {
    /**
     * Reads a message.
     *
     * @throws InferException if there is no such model or signature, or the inputs are not the signature's
     */
    static PredictCall read(
            Servables servables, SlabPool pool, PredictRequest message, boolean asContent, long receivedNanos) {
        ServableSpec spec = ModelSpecs.read(message.hasModelSpec(), message.getModelSpec());
        Model model = servables.find(spec);
        PredictCall call = read(model, spec.insistedVersion(model), pool, message, asContent, receivedNanos);
        Model routed = servables.repository().route(model, call.request(), UnaryCall.origin());
        return new PredictCall(routed, call.request(), call.signature(), call.memory(), asContent);
    }

    /**
     * Reads a message for a model that has been found.
     *
     * @param version what the request insists on; empty for any
     * @throws InferException if there is no such signature, or the inputs are not the signature's
     */
    static PredictCall read(
            Model model, String version, SlabPool pool, PredictRequest message, boolean asContent, long receivedNanos) {
        CallMemory memory = CallMemory.current();
        if (model.decoupled()) {
            throw InferException.unsupported("model '" + model.name()
                    + "' has a decoupled transaction policy: expected a model with one response to a request");
        }
        ModelSignature signature = Servables.signature(
                model,
                message.getModelSpec().getSignatureName(),
                name -> new InferException(
                        InferException.Code.FAILED_PRECONDITION, "Serving signature key \"" + name + "\" not found."));
        checkInputs(signature, model, message.getInputsMap());
        List<RequestedOutput> outputs = outputs(signature, message.getOutputFilterList());
        List<AutoCloseable> owned = new ArrayList<>();
        try {
            long[] kept = new long[1];
            TensorReader reader = new TensorReader(pool, owned, bytes -> {
                memory.takeForRequest(bytes);
                kept[0] += bytes;
            });
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (TensorMetadata input : signature.inputs()) {
                TensorProto tensor = message.getInputsMap().get(input.name());
                if (tensor != null) {
                    tensors.put(input.name(), checked(input, reader.read(input.name(), tensor)));
                }
            }
            Map<String, Integer> ranks = new HashMap<>();
            tensors.forEach((name, tensor) -> ranks.put(name, tensor.shape().rank()));
            ModelSignature called = signature.calledWith(ranks);
            List<InputTensor> inputs = new ArrayList<>();
            tensors.forEach((name, tensor) -> {
                Shape shape = Shape.of(called.requestDims(name, tensor.shape().dims()));
                inputs.add(new InputTensor(name, tensor.withShape(shape)));
            });
            InferRequest.Header header =
                    InferRequest.Header.of(model.name(), version, "").withSignature(signature.name());
            long heapBytes = memory.requestRead(kept[0] + HeapSizes.of(header, outputs));
            owned.add(() -> memory.giveBack(heapBytes));
            return new PredictCall(
                    model, new InferRequest(header, inputs, outputs, owned, receivedNanos), called, memory, asContent);
        } catch (RuntimeException | Error e) {
            Closing.all(owned);
            throw e;
        }
    }

    private static Tensor checked(TensorMetadata input, Tensor tensor) {
        if (tensor.dataType() != input.dataType()) {
            throw InferException.invalid("input '" + input.name() + "': Expects arg[0] to be "
                    + TensorflowTypes.name(input.dataType()) + " but " + TensorflowTypes.name(tensor.dataType())
                    + " is provided");
        }
        return tensor;
    }

    private static void checkInputs(ModelSignature signature, Model model, Map<String, TensorProto> given) {
        Set<String> expected = new TreeSet<>();
        signature.inputs().forEach(input -> expected.add(input.name()));
        Set<String> missing = difference(expected, given.keySet());
        missing.removeAll(optional(model));
        Set<String> extra = difference(given.keySet(), expected);
        if (given.size() > expected.size() || (!missing.isEmpty() && given.size() < expected.size())) {
            throw InferException.invalid("input size does not match signature: " + given.size() + "!=" + expected.size()
                    + " len({" + String.join(",", new TreeSet<>(given.keySet())) + "}) != len({"
                    + String.join(",", expected) + "}). Sent extra: {" + String.join(",", extra)
                    + "}. Missing but required: {" + String.join(",", missing) + "}.");
        }
        if (!extra.isEmpty()) {
            throw InferException.invalid("input tensor alias not found in signature: "
                    + extra.iterator().next() + ". Inputs expected to be in the set {" + String.join(",", expected)
                    + "}.");
        }
    }

    private static Set<String> optional(Model model) {
        Set<String> optional = new HashSet<>();
        model.config().getInputList().forEach(input -> {
            if (input.getOptional()) {
                optional.add(input.getName());
            }
        });
        return optional;
    }

    private static Set<String> difference(Collection<String> from, Collection<String> taken) {
        Set<String> rest = new TreeSet<>(from);
        rest.removeAll(new HashSet<>(taken));
        return rest;
    }

    private static List<RequestedOutput> outputs(ModelSignature signature, List<String> filter) {
        List<String> known =
                signature.outputs().stream().map(TensorMetadata::name).toList();
        Set<String> seen = new HashSet<>();
        List<RequestedOutput> outputs = new ArrayList<>();
        for (String name : filter) {
            if (!known.contains(name)) {
                throw InferException.invalid("output tensor alias not found in signature: " + name
                        + " Outputs expected to be in the set {" + String.join(",", new TreeSet<>(known)) + "}.");
            }
            if (!seen.add(name)) {
                throw InferException.invalid("duplicate output tensor alias: " + name);
            }
            outputs.add(new RequestedOutput(name, 0, false));
        }
        return outputs;
    }

    @Override
    public PredictResponse answer(InferResponse response) {
        PredictResponse.Builder message =
                PredictResponse.newBuilder().setModelSpec(ModelSpecs.of(response, signature.name()));
        for (OutputTensor output : signature.answer(response.outputs())) {
            memory.takeForAnswer(
                    HeapSizes.elements(output.tensor()) + output.tensor().byteSize());
            message.putOutputs(output.name(), TensorWriter.write(output.name(), output.tensor(), asContent));
        }
        return message.build();
    }
}
