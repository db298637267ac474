package dev.nereid.server.repository;

import dev.nereid.memory.NativeMemory;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelWarmup;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.config.WarmupParameters;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.VersionFolders;
import dev.nereid.server.repository.validation.RequestValidator;
import dev.nereid.server.schedule.BatchExecutor;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.ScheduledRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an instance runs before any client's request: the {@code model_warmup} of the config, each sample as one batch of
 * so many equal requests, so many times, and then the recorded requests of the model, within a bound of time. A recording
 * that does not suit the model any more is left out with a warning. The executions count in the model's statistics. Used
 * by one thread.
 */
final class WarmupSamples implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WarmupSamples.class);

    private record Sample(String name, int batchSize, int count, List<InputTensor> inputs) {}

    private final ModelConfig config;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final Duration replayTime;
    private final Duration sampleTime;
    private final List<Sample> samples = new ArrayList<>();
    private final Path folder;
    private final List<RecordedRequests.Recording> recorded = new ArrayList<>();
    private final Set<String> controls = new HashSet<>();
    private final List<NativeMemory> memory = new ArrayList<>();

    /**
     * Reads or makes the tensors of the config's samples.
     *
     * @param config complete and valid
     * @param modelFolder holds the folder {@code warmup} with data files
     * @throws ModelLoadException if a sample is not described in full, or its data is missing or too short
     */
    WarmupSamples(ModelConfig config, Path modelFolder, ModelStatistics statistics, Clock clock) {
        this.config = config;
        this.statistics = statistics;
        this.clock = clock;
        this.folder = modelFolder.resolve(VersionFolders.WARMUP);
        WarmupParameters parameters = WarmupParameters.of(config);
        this.replayTime = parameters.replayTime();
        this.sampleTime = parameters.sampleTime();
        config.getSequenceBatching().getControlInputList().forEach(control -> controls.add(control.getName()));
        try {
            read();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void read() {
        for (ModelWarmup warmup : config.getModelWarmupList()) {
            if (warmup.getBatchSize() != 0) { // Triton's way to leave a sample out
                samples.add(sample(warmup, memory));
            }
        }
        // Direct sequences need controls, which no client sends.
        if (!config.hasSequenceBatching()) {
            recorded.addAll(RecordedRequests.read(config.getName(), folder));
        }
    }

    /** @param tensors receives the memory of its tensors */
    private Sample sample(ModelWarmup warmup, List<NativeMemory> tensors) {
        int most = Math.max(config.getMaxBatchSize(), 1);
        if (warmup.getBatchSize() < 1 || warmup.getBatchSize() > most) {
            throw ModelLoadException.invalid("batch size " + Integer.toUnsignedString(warmup.getBatchSize())
                    + " of warmup sample '" + warmup.getName() + "' for '" + config.getName() + "', max allowed is "
                    + most);
        }
        List<InputTensor> inputs = new ArrayList<>();
        warmup.getInputsMap()
                .forEach((name, input) -> inputs.add(new InputTensor(
                        name, new WarmupData(config, warmup.getName(), name, folder, tensors).tensor(input))));
        return new Sample(warmup.getName(), warmup.getBatchSize(), Math.max(warmup.getCount(), 1), List.copyOf(inputs));
    }

    /** The kinds of the recordings that can be used, as far as that is known. */
    Set<String> recordedKinds() {
        return recorded.stream()
                .map(recording -> RecordedRequests.kind(recording.sample()))
                .collect(Collectors.toSet());
    }

    /** Gives the samples' memory back. */
    @Override
    public void close() {
        memory.forEach(NativeMemory::close);
    }

    /**
     * Runs every sample on an instance, on the instance's thread. Blocks until that is done.
     *
     * @throws ModelLoadException if a sample of the config is answered with an error
     */
    void run(Lane lane) {
        BatchExecutor executor = new BatchExecutor(config.getName(), statistics, clock);
        long deadline = clock.nanos() + sampleTime.toNanos();
        for (Sample sample : samples) {
            for (int i = 0; i < sample.count(); i++) {
                if (clock.nanos() - deadline >= 0) {
                    leaveOff(sample, lane);
                    return;
                }
                LOG.debug(
                        "model '{}' instance {} is running warmup sample '{}' for iteration {}",
                        config.getName(),
                        lane.name(),
                        sample.name(),
                        i + 1);
                List<String> errors = run(sample, lane, executor, deadline);
                boolean cancelled = clock.nanos() - deadline >= 0;
                if (!errors.isEmpty() && !cancelled) {
                    StringBuilder text = new StringBuilder("failed to run warmup sample '" + sample.name() + "': ");
                    errors.forEach(error -> text.append(error).append("; "));
                    throw ModelLoadException.invalid(text.toString());
                }
            }
        }
        replay(lane, executor);
    }

    private void leaveOff(Sample sample, Lane lane) {
        LOG.warn(
                "model '{}': instance {} is not warmed up further: warmup sample '{}' was not over after {} s, parameter "
                        + "'{}'",
                config.getName(),
                lane.name(),
                sample.name(),
                sampleTime.toSeconds(),
                WarmupParameters.SAMPLE_SECONDS);
    }

    private void replay(Lane lane, BatchExecutor executor) {
        if (replayTime.isZero()) {
            return;
        }
        long deadline = clock.nanos() + replayTime.toNanos();
        int replayed = 0;
        for (RecordedRequests.Recording recording : List.copyOf(recorded)) {
            if (clock.nanos() - deadline >= 0) {
                LOG.info(
                        "model '{}': instance {} replayed {} of {} recorded requests in {} s, and leaves it at that",
                        config.getName(),
                        lane.name(),
                        replayed,
                        recorded.size(),
                        replayTime.toSeconds());
                return;
            }
            List<String> errors = replay(recording, lane, executor, deadline);
            if (errors.isEmpty()) {
                replayed++;
            } else if (clock.nanos() - deadline < 0) {
                RecordedRequests.leaveOut(config.getName(), recording.file(), errors.getFirst());
                recorded.remove(recording);
            }
        }
        if (replayed > 0) {
            LOG.info("model '{}': instance {} replayed {} recorded requests", config.getName(), lane.name(), replayed);
        }
    }

    /** Reads the data of one and runs it: all of them together may be larger than the model. */
    private List<String> replay(
            RecordedRequests.Recording recording, Lane lane, BatchExecutor executor, long deadline) {
        List<NativeMemory> tensors = new ArrayList<>();
        try {
            return run(sample(recording.sample(), tensors), lane, executor, deadline);
        } catch (ModelLoadException e) {
            return List.of(e.text());
        } catch (RuntimeException e) {
            // Whatever a file that anybody may have changed holds.
            return List.of(e.toString());
        } finally {
            tensors.forEach(NativeMemory::close);
        }
    }

    /** @param deadline when the requests are cancelled */
    private List<String> run(Sample sample, Lane lane, BatchExecutor executor, long deadline) {
        List<Answer> answers = new ArrayList<>();
        List<ScheduledRequest> batch = new ArrayList<>();
        for (int i = 0; i < sample.batchSize(); i++) {
            InferRequest request = request(sample);
            Answer answer = new Answer();
            answers.add(answer);
            batch.add(new ScheduledRequest(request, answer, statistics, clock, 1));
        }
        Clock.Alarm alarm =
                clock.at(deadline, () -> batch.forEach(each -> each.request().cancel()));
        CompletableFuture.runAsync(() -> executor.execute(lane, batch, BatchClose.WARMUP), lane.thread())
                .join();
        alarm.cancel();
        return answers.stream().flatMap(answer -> answer.error().stream()).toList();
    }

    private InferRequest request(Sample sample) {
        InferRequest.Header header = InferRequest.Header.of(config.getName(), "", "");
        InferRequest request = new InferRequest(header, sample.inputs(), List.of(), List.of(), clock.nanos());
        try {
            new RequestValidator(config)
                    .check(new InferRequest(
                            header,
                            sample.inputs().stream()
                                    .filter(input -> !controls.contains(input.name()))
                                    .toList(),
                            List.of(),
                            List.of(),
                            clock.nanos()));
        } catch (InferException e) {
            throw ModelLoadException.invalid("failed to run warmup sample '" + sample.name() + "': " + e.text() + "; ");
        }
        return request;
    }

    /** The answers to one request of a sample. */
    private static final class Answer implements ResponseSink {
        private final CompletableFuture<List<String>> done = new CompletableFuture<>();
        private final List<String> failed = new CopyOnWriteArrayList<>();

        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
            if (last) {
                done.complete(failed);
            }
        }

        @Override
        public void failOne(InferException error) {
            failed.add(error.text());
        }

        @Override
        public void fail(InferException error) {
            failed.add(error.text());
            done.complete(failed);
        }

        @Override
        public void end() {
            done.complete(failed);
        }

        /** What went wrong; waits for the last answer. */
        List<String> error() {
            return done.join();
        }
    }
}
