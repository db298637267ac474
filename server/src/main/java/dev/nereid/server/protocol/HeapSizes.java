package dev.nereid.server.protocol;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** What parts of a request take of the Java heap, rounded up: objects and arrays with their headers. */
public final class HeapSizes {
    /** An array of bytes: its header, its padding, and references to it in a list that grows and in the tensor. */
    private static final long ELEMENT = 48;

    /** A string and its array of characters, of which one may take two bytes. */
    private static final long TEXT = 64;

    /** What is made of an input beside its data: names, dims, a tensor and its memory. */
    public static final long INPUT = 1024;

    /** What is made of an output that a client names. */
    public static final long OUTPUT = 256;

    private HeapSizes() {}

    /** What of a decoded request stays until it is answered, beside the data of its inputs. */
    public static long of(DecodedRequest request) {
        long bytes = of(request.header(), request.outputs());
        for (DecodedInput input : request.inputs()) {
            bytes += INPUT + input.name().length() + (long) input.dims().length * Long.BYTES;
        }
        return bytes;
    }

    /** What of a request stays until it is answered, beside its inputs. */
    public static long of(InferRequest.Header header, List<RequestedOutput> outputs) {
        long bytes = text(header.id().length());
        for (Parameter parameter : header.parameters().values()) {
            bytes += TEXT + (parameter instanceof Parameter.Text(String value) ? text(value.length()) : TEXT);
        }
        for (RequestedOutput output : outputs) {
            bytes += OUTPUT + output.name().length();
        }
        return bytes;
    }

    /** What of an input stays until its request is answered. */
    public static long of(InputTensor input) {
        return INPUT + input.name().length() + elements(input.tensor());
    }

    /** An element of a BYTES tensor. */
    public static long element(long bytes) {
        return ELEMENT + bytes;
    }

    /** A string of so many bytes on the wire. */
    public static long text(long bytes) {
        return TEXT + 2 * bytes;
    }

    /** All elements of a tensor, nothing where they lie in native memory. */
    public static long elements(Tensor tensor) {
        if (tensor.dataType() != DataType.STRING) {
            return 0;
        }
        long bytes = 0;
        for (byte[] element : tensor.strings()) {
            bytes += element(element.length);
        }
        return bytes;
    }
}
