package dev.nereid.server.tensorflow.rest;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads the inputs of a request to predict: {@code instances} have an element a row of the batch, {@code inputs} the tensors
 * as they are. Source: json_tensor.cc.
 */
final class PredictRequestJson {
    private static final String INSTANCES = "instances";
    private static final String INPUTS = "inputs";

    private final ModelSignature signature;
    private final SlabPool memory;
    private final List<SlabPool.Slab> owned;

    /** @param owned gets the memory of the inputs, which the caller closes whatever happens */
    PredictRequestJson(ModelSignature signature, SlabPool memory, List<SlabPool.Slab> owned) {
        this.signature = signature;
        this.memory = memory;
        this.owned = owned;
    }

    /** Whether a request gives rows, and wants rows as its answer. */
    static boolean isRows(JsonValue root) {
        return root.find(INSTANCES).isPresent();
    }

    /**
     * Reads all inputs.
     *
     * @throws InferException if they are not those of the signature
     */
    List<DecodedInput> read(JsonValue root) {
        Optional<JsonValue> instances = root.find(INSTANCES);
        Optional<JsonValue> inputs = root.find(INPUTS);
        if (instances.isPresent() && inputs.isPresent()) {
            throw wrong(
                    root,
                    "Not formatted correctly expecting only one of '" + INPUTS + "' or '" + INSTANCES
                            + "' keys to exist ");
        }
        if (instances.isPresent()) {
            return rows(root, instances.get());
        }
        return columns(inputs.orElseThrow(
                () -> InferException.invalid("Missing '" + INPUTS + "' or '" + INSTANCES + "' key")));
    }

    private static InferException wrong(JsonValue value, String what) {
        return InferException.invalid("JSON Value: " + TensorJson.excerpt(value) + " " + what);
    }

    private List<DecodedInput> rows(JsonValue root, JsonValue instances) {
        if (!instances.isArray()) {
            throw wrong(root, "Excepting '" + INSTANCES + "' to be an list/array");
        }
        JsonValue.Elements elements = instances.elements();
        if (!elements.next()) {
            throw wrong(root, "No values in '" + INSTANCES + "' array");
        }
        JsonValue first = elements.value();
        if (!first.isObject() && signature.inputs().size() > 1) {
            throw InferException.invalid("instances is a plain list, but expecting list of objects as multiple input "
                    + "tensors required as per tensorinfo_map");
        }
        return TensorJson.isNamed(first) ? namedRows(instances) : List.of(plainRows(instances));
    }

    /** Rows without names are the tensor, but for errors. */
    private DecodedInput plainRows(JsonValue instances) {
        TensorMetadata input = signature.inputs().getFirst();
        try {
            return TensorJson.read(instances, input, memory, owned);
        } catch (InferException e) {
            if (e.code() == InferException.Code.INVALID_ARG) {
                checkPlainRows(instances, input);
            }
            throw e;
        }
    }

    /** Finds the row that is wrong, and what is wrong with it. */
    private void checkPlainRows(JsonValue instances, TensorMetadata input) {
        long[] expected = new long[0];
        int index = 0;
        for (JsonValue.Elements elements = instances.elements(); elements.next(); index++) {
            JsonValue row = elements.value();
            if (TensorJson.isNamed(row)) {
                throw InferException.invalid("Expecting value/list but got object at item " + index + " of input list");
            }
            try {
                DecodedInput tensor = TensorJson.read(row, input, memory, owned);
                expected = index == 0 ? tensor.dims() : expected;
                checkSameShape(expected, tensor.dims());
            } catch (InferException e) {
                throw inElement(e, Integer.toString(index));
            }
        }
    }

    private List<DecodedInput> namedRows(JsonValue instances) {
        List<TensorMetadata> inputs = signature.inputs();
        List<Rows> tensors = new ArrayList<>();
        inputs.forEach(input -> tensors.add(new Rows(input)));
        int index = 0;
        for (JsonValue.Elements elements = instances.elements(); elements.next(); index++) {
            JsonValue row = elements.value();
            if (!TensorJson.isNamed(row)) {
                throw InferException.invalid("Expecting object but got list at item " + index + " of input list");
            }
            for (Rows tensor : tensors) {
                tensor.add(row, index);
            }
            if (row.memberCount() != inputs.size()) {
                throw otherNames(row, index);
            }
        }
        List<DecodedInput> decoded = new ArrayList<>();
        for (Rows tensor : tensors) {
            decoded.add(tensor.decoded());
        }
        return decoded;
    }

    private InferException otherNames(JsonValue row, int index) {
        String unknown = "";
        List<String> names =
                signature.inputs().stream().map(TensorMetadata::name).toList();
        List<String> given = new ArrayList<>();
        row.forEachMember((name, _) -> given.add(name));
        for (String name : given) {
            if (unknown.isEmpty() && !names.contains(name)) {
                unknown = name;
            }
        }
        return InferException.invalid(
                unknown.isEmpty()
                        ? "Failed to process element: " + index + " of '" + INSTANCES + "' list. JSON object: "
                                + TensorJson.excerpt(row) + " keys must be equal to: "
                                + String.join(",", new TreeSet<>(names))
                        : "Failed to process element: " + index + " key: " + unknown + " of '" + INSTANCES
                                + "' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: "
                                + unknown);
    }

    private static InferException inElement(InferException e, String what) {
        return e.code() == InferException.Code.INVALID_ARG || e.code() == InferException.Code.UNSUPPORTED
                ? new InferException(
                        InferException.Code.INVALID_ARG,
                        "Failed to process element: " + what + " of '" + INSTANCES + "' list. Error: "
                                + (e.code() == InferException.Code.INVALID_ARG
                                        ? "INVALID_ARGUMENT: "
                                        : "UNIMPLEMENTED: ")
                                + e.text(),
                        e)
                : e;
    }

    private static void checkSameShape(long[] expected, long[] dims) {
        if (TensorJson.elements(expected) != TensorJson.elements(dims)) {
            throw InferException.invalid("Expecting tensor size: " + TensorJson.elements(expected) + " but got: "
                    + TensorJson.elements(dims));
        }
        if (!Arrays.equals(expected, dims)) {
            throw InferException.invalid("Expecting shape " + text(expected) + " but got: " + text(dims));
        }
    }

    private static String text(long[] dims) {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }

    /** One input over all rows: each row's elements are read behind those of the rows before it. */
    private final class Rows {
        private final TensorMetadata input;
        private final List<byte[]> strings = new ArrayList<>();
        private long[] dims = new long[0];
        private long count;
        private long bytes;
        private Optional<SlabPool.Slab> slab = Optional.empty();

        private Rows(TensorMetadata input) {
            this.input = input;
        }

        private void add(JsonValue row, int index) {
            JsonValue value = row.find(input.name()).orElseThrow(() -> otherNames(row, index));
            List<SlabPool.Slab> scratch = new ArrayList<>(1);
            try {
                DecodedInput tensor = TensorJson.read(value, input, memory, scratch);
                dims = index == 0 ? tensor.dims() : dims;
                checkSameShape(dims, tensor.dims());
                append(tensor.content());
            } catch (InferException e) {
                throw inElement(e, index + " key: " + input.name());
            } finally {
                scratch.forEach(SlabPool.Slab::close);
            }
            count++;
        }

        private void append(DecodedInput.Content content) {
            switch (content) {
                case DecodedInput.Content.Strings(byte[][] elements) -> strings.addAll(Arrays.asList(elements));
                case DecodedInput.Content.Binary(MemorySegment elements) -> {
                    long needed = bytes + elements.byteSize();
                    MemorySegment target = room(needed);
                    MemorySegment.copy(elements, 0, target, bytes, elements.byteSize());
                    bytes = needed;
                }
                case DecodedInput.Content.Shared _ -> throw new IllegalStateException("JSON has no shared memory");
            }
        }

        /** Memory for so many bytes, with those that were read. */
        private MemorySegment room(long needed) {
            if (slab.isPresent() && slab.get().segment().byteSize() >= needed) {
                return slab.get().segment();
            }
            SlabPool.Slab larger = memory.take(slab.isEmpty() ? needed : Math.max(needed, 2 * bytes));
            owned.add(larger);
            slab.ifPresent(full -> {
                MemorySegment.copy(full.segment(), 0, larger.segment(), 0, bytes);
                owned.remove(full);
                full.close();
            });
            slab = Optional.of(larger);
            return larger.segment();
        }

        private DecodedInput decoded() {
            long[] batched = new long[dims.length + 1];
            batched[0] = count;
            System.arraycopy(dims, 0, batched, 1, dims.length);
            DecodedInput.Content content = input.dataType() == DataType.STRING
                    ? new DecodedInput.Content.Strings(strings.toArray(new byte[0][]))
                    : new DecodedInput.Content.Binary(room(bytes).asSlice(0, bytes));
            return new DecodedInput(input.name(), Optional.of(input.dataType()), batched, content);
        }
    }

    private List<DecodedInput> columns(JsonValue inputs) {
        if (TensorJson.isNamed(inputs)) {
            List<DecodedInput> decoded = new ArrayList<>();
            for (TensorMetadata input : signature.inputs()) {
                JsonValue value = inputs.find(input.name())
                        .orElseThrow(() -> InferException.invalid(
                                "Missing named input: " + input.name() + " in '" + INPUTS + "' object."));
                decoded.add(TensorJson.read(value, input, memory, owned));
            }
            return decoded;
        }
        if (signature.inputs().size() > 1) {
            throw InferException.invalid("inputs is a plain value/list, but expecting an object as multiple input "
                    + "tensors required as per tensorinfo_map");
        }
        return List.of(TensorJson.read(inputs, signature.inputs().getFirst(), memory, owned));
    }
}
