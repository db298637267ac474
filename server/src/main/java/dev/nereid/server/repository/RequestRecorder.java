package dev.nereid.server.repository;

import com.google.protobuf.TextFormat;
import dev.nereid.files.FolderTree;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelWarmup;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records requests of a model for the warm-up of its next load, as {@link RecordedRequests} says: the first of each batch size
 * and shape, up to a number, the values of its first item for all. Recording never fails a request. Any thread.
 */
final class RequestRecorder {
    /** A request that is larger is not recorded. */
    static final long MOST_BYTES = 16L << 20;

    /** Of what waits to be written. Of what comes meanwhile the next of its kind is recorded. */
    static final long MOST_WAITING_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(RequestRecorder.class);

    private final String modelName;
    private final boolean batches;
    private final Path warmupFolder;
    private final Path folder;
    private final int most;
    private final Executor writer;
    private final Set<String> kinds = ConcurrentHashMap.newKeySet();
    private final AtomicLong waitingBytes = new AtomicLong();
    private volatile boolean full;

    /**
     * A recorder that goes on where another one ended.
     *
     * @param warmupFolder the model's; made when there is something to record, if the model's folder is there
     * @param most recordings, those that there are among them, whatever has become of them
     * @param known the kinds of the recordings that there are
     * @param writer runs what writes a recording
     */
    RequestRecorder(ModelConfig config, Path warmupFolder, int most, Collection<String> known, Executor writer) {
        this.modelName = config.getName();
        this.batches = config.getMaxBatchSize() > 0;
        this.warmupFolder = warmupFolder;
        this.folder = warmupFolder.resolve(RecordedRequests.FOLDER);
        this.most = most;
        this.writer = writer;
        kinds.addAll(known);
        full = kinds.size() >= most;
    }

    /** Looks at a request that suits the model; copies what it records before it returns. */
    void offer(InferRequest request) {
        if (full || request.inputs().isEmpty()) {
            return;
        }
        try {
            record(request);
        } catch (RuntimeException e) {
            full = true;
            LOG.error("model '{}': no more requests are recorded", modelName, e);
        }
    }

    private void record(InferRequest request) {
        List<InputTensor> inputs = request.inputs();
        long items = batches ? inputs.getFirst().tensor().shape().dim(0) : 1;
        if (items < 1 || items > Integer.MAX_VALUE) {
            return;
        }
        ModelWarmup sample = describe(inputs, (int) items);
        String kind = RecordedRequests.kind(sample);
        long bytes = size(inputs, items);
        if (kinds.contains(kind)
                || bytes > MOST_BYTES
                || waitingBytes.get() + bytes > MOST_WAITING_BYTES
                || !enter(kind)) {
            return;
        }
        waitingBytes.addAndGet(bytes);
        Map<String, byte[]> data = new LinkedHashMap<>();
        inputs.forEach(input -> data.put(input.name(), firstItem(input.tensor(), items)));
        writer.execute(() -> {
            try {
                write(sample, data);
            } finally {
                waitingBytes.addAndGet(-bytes);
            }
        });
    }

    /** Makes room for one more kind; answers whether there was some, and the kind is new. */
    private synchronized boolean enter(String kind) {
        boolean entered = kinds.size() < most && kinds.add(kind);
        full |= kinds.size() >= most;
        return entered;
    }

    /** The sample but for its name and files. */
    private ModelWarmup describe(List<InputTensor> inputs, int items) {
        ModelWarmup.Builder sample = ModelWarmup.newBuilder().setBatchSize(items);
        for (InputTensor input : inputs) {
            ModelWarmup.Input.Builder described = ModelWarmup.Input.newBuilder()
                    .setDataType(
                            ConfigTypes.configType(input.tensor().dataType()).orElseThrow());
            for (int i = batches ? 1 : 0; i < input.tensor().shape().rank(); i++) {
                described.addDims(input.tensor().shape().dim(i));
            }
            sample.putInputs(input.name(), described.build());
        }
        return sample.build();
    }

    private static long size(List<InputTensor> inputs, long items) {
        return inputs.stream()
                .mapToLong(input -> input.tensor().dataType() == DataType.STRING
                        ? BytesCodec.encodedSize(
                                input.tensor().strings(), input.tensor().shape().elements() / items)
                        : input.tensor().byteSize() / items)
                .sum();
    }

    private static byte[] firstItem(Tensor tensor, long items) {
        long elements = tensor.shape().elements() / items;
        if (tensor.dataType() != DataType.STRING) {
            return tensor.segment()
                    .asSlice(0, elements * tensor.dataType().bytes())
                    .toArray(ValueLayout.JAVA_BYTE);
        }
        byte[] encoded = new byte[Math.toIntExact(BytesCodec.encodedSize(tensor.strings(), elements))];
        BytesCodec.encode(tensor.strings(), elements, MemorySegment.ofArray(encoded), 0);
        return encoded;
    }

    /** Writes a folder under a name that readers pass over, and gives it its number when it is complete. */
    private void write(ModelWarmup sample, Map<String, byte[]> data) {
        try {
            make(warmupFolder);
            make(folder);
            // Readable by the server alone: these are what clients have sent.
            Path fresh = Files.createTempDirectory(folder, ".new");
            try {
                List<String> names = List.copyOf(data.keySet());
                for (int i = 0; i < names.size(); i++) {
                    Files.write(fresh.resolve(Integer.toString(i)), Objects.requireNonNull(data.get(names.get(i))));
                }
                int number = 1;
                while (number <= most && !place(fresh, number, sample, names)) {
                    number++;
                }
                if (number <= most) {
                    Path place = folder.resolve(Integer.toString(number));
                    LOG.info("model '{}': recorded a request for its warm-up as {}", modelName, place);
                } else {
                    full = true;
                    LOG.info("model '{}': no more requests are recorded, {} holds {}", modelName, folder, most);
                }
            } finally {
                FolderTree.delete(fresh);
            }
        } catch (IOException | UncheckedIOException e) {
            full = true;
            LOG.warn("model '{}': no more requests are recorded, {} cannot be written: {}", modelName, folder, "" + e);
        }
    }

    /** Makes a folder, but not those that it lies in: the model may have been deleted. */
    private static void make(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private boolean place(Path fresh, int number, ModelWarmup sample, List<String> names) throws IOException {
        Path place = folder.resolve(Integer.toString(number));
        if (Files.exists(place)) {
            return false;
        }
        ModelWarmup.Builder named = sample.toBuilder().setName("recorded_" + number);
        for (int i = 0; i < names.size(); i++) {
            String file = RecordedRequests.FOLDER + "/" + number + "/" + i;
            named.putInputs(
                    names.get(i),
                    sample.getInputsOrThrow(names.get(i)).toBuilder()
                            .setInputDataFile(file)
                            .build());
        }
        Files.writeString(
                fresh.resolve(RecordedRequests.SAMPLE), TextFormat.printer().printToString(named));
        try {
            Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            if (Files.exists(place)) {
                return false; // another version of the model was faster
            }
            throw e;
        }
    }
}
