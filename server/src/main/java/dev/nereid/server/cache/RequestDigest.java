package dev.nereid.server.cache;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.Timing;
import dev.nereid.tensor.Buffer;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Digests what an answer may depend on: inputs by name with datatype, shape and content, the outputs asked for, custom
 * parameters, and the sequence's id and flags, which an ensemble hands on to its steps. Left out is what changes only
 * how an answer travels: the request's id, priority, timeout, how outputs are encoded, and whether times are told. Every
 * part is preceded by its length, so that different requests never make the same bytes.
 */
final class RequestDigest {
    /** A digest reads a segment by byte buffers, which hold less than 2 GiB. */
    private static final long CHUNK = 1L << 30;

    private static final int PARAMETER_BOOL = 1;
    private static final int PARAMETER_INT = 2;
    private static final int PARAMETER_REAL = 3;
    private static final int PARAMETER_TEXT = 4;

    private final MessageDigest digest;
    private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

    private RequestDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** The key of a request to one load of a model; the order of its inputs and outputs does not matter. */
    static CacheKey key(long owner, InferRequest request) {
        RequestDigest digest = new RequestDigest();
        digest.inputs(request.inputs());
        digest.outputs(request.outputs());
        digest.header(request.header());
        ByteBuffer bytes = ByteBuffer.wrap(digest.digest.digest());
        return new CacheKey(owner, bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
    }

    private void inputs(List<InputTensor> inputs) {
        add(inputs.size());
        inputs.stream().sorted(Comparator.comparing(InputTensor::name)).forEach(input -> {
            add(input.name());
            tensor(input.tensor());
        });
    }

    private void tensor(Tensor tensor) {
        add(tensor.dataType().protocolName());
        add(tensor.shape().rank());
        for (long dim : tensor.shape().dims()) {
            add(dim);
        }
        switch (tensor.buffer()) {
            case Buffer.Host host -> {
                add(tensor.byteSize());
                add(host.segment().asSlice(0, tensor.byteSize()));
            }
            case Buffer.Strings strings -> {
                for (int i = 0; i < tensor.shape().elements(); i++) {
                    add(strings.elements()[i]);
                }
            }
        }
    }

    private void outputs(List<RequestedOutput> outputs) {
        List<String> names =
                outputs.stream().map(RequestedOutput::name).sorted().distinct().toList();
        add(names.size());
        names.forEach(this::add);
    }

    private void header(InferRequest.Header header) {
        switch (header.correlationId()) {
            case CorrelationId.Numeric numeric -> {
                add(0);
                add(numeric.value());
            }
            case CorrelationId.Textual textual -> {
                add(1);
                add(textual.value());
            }
        }
        add(header.sequenceStart() ? 1 : 0);
        add(header.sequenceEnd() ? 1 : 0);
        TreeMap<String, Parameter> parameters = new TreeMap<>(header.parameters());
        parameters.remove(Timing.PARAMETER);
        add(parameters.size());
        parameters.forEach((name, value) -> {
            add(name);
            parameter(value);
        });
    }

    private void parameter(Parameter parameter) {
        switch (parameter) {
            case Parameter.Bool bool -> {
                add(PARAMETER_BOOL);
                add(bool.value() ? 1 : 0);
            }
            case Parameter.Int integer -> {
                add(PARAMETER_INT);
                add(integer.value());
            }
            case Parameter.Real real -> {
                add(PARAMETER_REAL);
                add(Double.doubleToRawLongBits(real.value()));
            }
            case Parameter.Text text -> {
                add(PARAMETER_TEXT);
                add(text.value());
            }
        }
    }

    private void add(long value) {
        number.clear().putLong(value).flip();
        digest.update(number);
    }

    private void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    private void add(byte[] bytes) {
        add(bytes.length);
        digest.update(bytes);
    }

    private void add(MemorySegment segment) {
        for (long from = 0; from < segment.byteSize(); from += CHUNK) {
            digest.update(segment.asSlice(from, Math.min(CHUNK, segment.byteSize() - from))
                    .asByteBuffer());
        }
    }
}
