package dev.nereid.server.cache;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.Buffer;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A copy of one answer's tensors. It is counted: the cache holds it while it is an entry, and every response that shows
 * it holds it until that is closed; with the last holder its memory goes back. Like Triton it keeps no parameters of the
 * response. Immutable but for the count. Any thread.
 */
final class CachedAnswer {
    /** Heap that an entry takes beside its tensors: key, lists, shapes. */
    private static final long ENTRY_BYTES = 256;

    /** Heap that a string takes beside its bytes and their length. */
    private static final long STRING_BYTES = 20;

    private final String modelName;
    private final String modelVersion;
    private final List<OutputTensor> outputs;
    private final CacheMemory.Block block;
    private final long bytes;
    private final AtomicInteger holders = new AtomicInteger(1);

    private CachedAnswer(
            String modelName, String modelVersion, List<OutputTensor> outputs, CacheMemory.Block block, long bytes) {
        this.modelName = modelName;
        this.modelVersion = modelVersion;
        this.outputs = List.copyOf(outputs);
        this.block = block;
        this.bytes = bytes;
    }

    /** Bytes that a copy of the response takes at least. */
    static long leastBytes(InferResponse response) {
        long bytes = ENTRY_BYTES;
        for (OutputTensor output : response.outputs()) {
            bytes += heapBytes(output.tensor()) + nativeBytes(output.tensor());
        }
        return bytes;
    }

    /** Copies the tensors of a response. The caller holds the copy and releases it. */
    static CachedAnswer copyOf(InferResponse response, CacheMemory memory) {
        long size = 0;
        for (OutputTensor output : response.outputs()) {
            size = aligned(size) + nativeBytes(output.tensor());
        }
        CacheMemory.Block block = memory.take(size);
        List<OutputTensor> copies = new ArrayList<>(response.outputs().size());
        long offset = 0;
        for (OutputTensor output : response.outputs()) {
            offset = aligned(offset);
            long length = nativeBytes(output.tensor());
            copies.add(new OutputTensor(
                    output.name(), copy(output.tensor(), block.segment().asSlice(offset, length))));
            offset += length;
        }
        long heap = ENTRY_BYTES;
        for (OutputTensor copy : copies) {
            heap += heapBytes(copy.tensor());
        }
        return new CachedAnswer(response.modelName(), response.modelVersion(), copies, block, heap + block.heldBytes());
    }

    private static Tensor copy(Tensor tensor, MemorySegment target) {
        return switch (tensor.buffer()) {
            case Buffer.Host host -> {
                MemorySegment.copy(host.segment(), 0, target, 0, target.byteSize());
                yield Tensor.of(tensor.dataType(), tensor.shape(), target);
            }
            case Buffer.Strings strings -> {
                byte[][] elements = new byte[(int) tensor.shape().elements()][];
                for (int i = 0; i < elements.length; i++) {
                    elements[i] = strings.elements()[i].clone();
                }
                yield Tensor.ofStrings(tensor.shape(), elements);
            }
        };
    }

    private static long nativeBytes(Tensor tensor) {
        return switch (tensor.buffer()) {
            case Buffer.Host _ -> tensor.byteSize();
            case Buffer.Strings _ -> 0;
        };
    }

    private static long heapBytes(Tensor tensor) {
        return switch (tensor.buffer()) {
            case Buffer.Host _ -> 0;
            case Buffer.Strings strings -> {
                long elements = tensor.shape().elements();
                yield BytesCodec.encodedSize(strings.elements(), elements) + STRING_BYTES * elements;
            }
        };
    }

    private static long aligned(long offset) {
        return (offset + NativeMemory.ALIGNMENT - 1) & -NativeMemory.ALIGNMENT;
    }

    String modelName() {
        return modelName;
    }

    String modelVersion() {
        return modelVersion;
    }

    /** Only for who knows that there is a holder. */
    List<OutputTensor> outputs() {
        return outputs;
    }

    /** What it takes of the cache: native memory as it is held, strings, and bookkeeping. */
    long bytes() {
        return bytes;
    }

    /** Adds a holder. Only for who knows that there is one. */
    void hold() {
        holders.incrementAndGet();
    }

    /** Takes a holder away; the last one gives the memory back. */
    void release() {
        if (holders.decrementAndGet() == 0) {
            block.release().run();
        }
    }

    /** A response that shows it and holds it until it is closed. Only for who knows that there is a holder. */
    InferResponse response(String requestId, Map<String, Parameter> parameters) {
        hold();
        return new InferResponse(modelName, modelVersion, requestId, parameters, outputs, this::release);
    }
}
