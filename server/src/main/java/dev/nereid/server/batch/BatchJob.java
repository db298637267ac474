package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.engine.RowModel;
import dev.nereid.engine.RowResults;
import dev.nereid.engine.RowTensor;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One job: chunks are read and written in order by the calling thread and computed by others, at most two for each of these at a
 * time, which bounds the memory. What is written depends on the input, the model and the options alone.
 */
public final class BatchJob {
    private static final long CHECKPOINT_NANOS = 1_000_000_000;

    private final RowModel model;
    private final BatchOptions options;
    private final RowFormat format;
    private final RowFormat.Writer writer;
    private final RowInputs inputs;
    private final String job;
    private final PrintStream log;
    private final boolean terminal;

    /** How a job ended. */
    public record Summary(long rows, long skipped, long resumedRows, double seconds) {}

    /** A row that failed. */
    private record RowError(long line, String message) {
        byte[] json() {
            ObjectNode node = JsonLines.MAPPER.createObjectNode();
            return (node.put("line", line).put("error", message) + "\n").getBytes(StandardCharsets.UTF_8);
        }
    }

    /** What came of a chunk. */
    private record Computed(Chunk chunk, RowFormat.Encoded output, List<RowError> errors, double progress) {}

    /**
     * @param model stays the caller's
     * @param modelName identifies the model, and the state of its file
     * @param log where the progress goes
     * @param terminal whether somebody sees it
     * @throws BatchException if the input, its columns or the mapping do not suit
     */
    public BatchJob(RowModel model, String modelName, BatchOptions options, PrintStream log, boolean terminal) {
        this.model = model;
        this.options = options;
        this.log = log;
        this.terminal = terminal;
        this.format = RowFormat.of(options.input(), options);
        String inputEnd = end(options.input().toString());
        if (!inputEnd.equals(end(options.output().toString()))) {
            throw new BatchException(
                    "'" + options.output() + "': expected the input's format, a name that ends in " + inputEnd);
        }
        try {
            if (!Files.isRegularFile(options.input())) {
                throw new BatchException("there is no file '" + options.input() + "'");
            }
            for (Path written : options.written()) {
                if (Files.exists(written) && Files.isSameFile(written, options.input())) {
                    throw new BatchException(
                            "--input '" + options.input() + "' is a file that the job writes for --output '"
                                    + options.output() + "': name another output");
                }
            }
            List<String> header = format.columns(options.input());
            this.inputs = new RowInputs(model, options, format, header);
            this.writer = format.writer(inputs.kept(header), model.outputs());
            BasicFileAttributes input = Files.readAttributes(options.input(), BasicFileAttributes.class);
            this.job = modelName + ", " + options.input().toAbsolutePath() + " of " + input.size() + " bytes and "
                    + input.lastModifiedTime() + ", columns " + options.columns() + ", " + options.keep() + ", "
                    + options.onError() + ", delimiter '" + options.delimiter() + "', chunks of " + options.chunkRows();
        } catch (IOException e) {
            throw new BatchException("'" + options.input() + "' cannot be read: " + e, e);
        }
    }

    private static String end(String name) {
        return name.substring(Math.max(name.lastIndexOf('.'), 0)).replace(".ndjson", ".jsonl");
    }

    /**
     * Runs the job from its beginning, or from where an earlier process left it.
     *
     * @throws BatchException if the job cannot go on; what is done stays done, and the same job goes on there
     */
    public Summary run() {
        try {
            try (OutputLock _ = OutputLock.take(options.lock())) {
                return locked();
            }
        } catch (IOException e) {
            throw new BatchException("the job cannot go on: " + e, e);
        }
    }

    private Summary locked() throws IOException {
        Optional<Checkpoint> checkpoint = checkpoint();
        if (checkpoint.isPresent() && checkpoint.get().complete()) {
            Checkpoint done = checkpoint.get();
            PartialOutput.publish(options, done.skipped());
            return new Summary(done.input().rows(), done.skipped(), done.input().rows(), 0);
        }
        Checkpoint from = checkpoint.orElse(new Checkpoint(job, Chunk.Position.START, 0, 0, 0, 0, false));
        try (PartialOutput output = new PartialOutput(options, from);
                RowFormat.Reader reader = format.open(options.input(), from.input())) {
            if (checkpoint.isEmpty()) {
                output.write(RowFormat.Encoded.of(writer.header()));
            }
            return run(from, reader, output);
        }
    }

    private Optional<Checkpoint> checkpoint() throws IOException {
        if (options.restart()) {
            Files.deleteIfExists(options.checkpoint());
            return Optional.empty();
        }
        Optional<Checkpoint> checkpoint = Checkpoint.read(options.checkpoint());
        boolean published = checkpoint.isPresent()
                && checkpoint.get().complete()
                && checkpoint.get().job().equals(job);
        if (!published && Files.exists(options.output())) {
            throw new BatchException("'" + options.output() + "' is there already: --restart replaces it");
        }
        if (checkpoint.isPresent() && !checkpoint.get().job().equals(job)) {
            throw new BatchException("'" + options.checkpoint() + "' belongs to another job: that was "
                    + checkpoint.get().job() + "; this is " + job + "; start anew with --restart");
        }
        return checkpoint;
    }

    private Summary run(Checkpoint from, RowFormat.Reader reader, PartialOutput output) throws IOException {
        long start = System.nanoTime();
        BatchProgress progress = new BatchProgress(log, terminal, from.input().rows(), reader.progress());
        Chunk.Position done = from.input();
        long skipped = from.skipped();
        long noted = start;
        ExecutorService threads = Executors.newFixedThreadPool(
                options.threads(),
                Thread.ofPlatform().daemon().name("batch-", 1).factory());
        try {
            Deque<Future<Computed>> running = new ArrayDeque<>();
            boolean more = true;
            while (more || !running.isEmpty()) {
                while (more && running.size() < 2 * options.threads()) {
                    Chunk chunk = reader.next(options.chunkRows());
                    double part = reader.progress();
                    more = !chunk.rows().isEmpty();
                    if (more) {
                        running.add(threads.submit(() -> compute(chunk, part)));
                    }
                }
                if (running.isEmpty()) {
                    break;
                }
                Computed computed = result(running.removeFirst());
                if (!computed.errors().isEmpty() && options.onError() == BatchOptions.OnError.FAIL) {
                    RowError error = computed.errors().getFirst();
                    throw new BatchException("'" + options.input() + "', line " + error.line() + ": " + error.message()
                            + " (--on-error=skip goes on without such rows)");
                }
                output.write(computed.output());
                for (RowError error : computed.errors()) {
                    output.writeError(error.json());
                }
                done = computed.chunk().end();
                skipped += computed.errors().size();
                if (System.nanoTime() - noted >= CHECKPOINT_NANOS) {
                    output.checkpoint(job, done, skipped);
                    noted = System.nanoTime();
                }
                progress.update(done.rows(), skipped, computed.progress());
            }
        } catch (BatchException e) {
            output.checkpoint(job, done, skipped);
            throw e;
        } finally {
            threads.shutdownNow();
            progress.end();
        }
        output.publish(writer, job, done, skipped);
        return new Summary(done.rows(), skipped, from.input().rows(), (System.nanoTime() - start) / 1e9);
    }

    private static Computed result(Future<Computed> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BatchException("the job was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BatchException known) {
                throw known;
            }
            String hint = e.getCause() instanceof OutOfMemoryError ? ": lower --chunk-rows or --threads" : "";
            throw new BatchException("a chunk cannot be computed: " + e.getCause() + hint, e);
        }
    }

    private Computed compute(Chunk chunk, double progress) {
        List<RowError> errors = new ArrayList<>();
        List<SourceRow> sources = new ArrayList<>();
        List<ObjectNode> kept = new ArrayList<>();
        List<List<RowTensor>> rows = new ArrayList<>();
        for (SourceRow source : chunk.rows()) {
            try {
                ObjectNode columns = source.columns();
                List<RowTensor> row = inputs.tensors(columns);
                kept.add(inputs.kept(columns));
                rows.add(row);
                sources.add(source);
            } catch (BatchException e) {
                errors.add(new RowError(source.line(), String.valueOf(e.getMessage())));
            }
        }
        RowResults results = model.run(rows);
        List<RowFormat.ResultRow> written = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            switch (results.outcomes().get(i)) {
                case RowResults.Done(List<RowTensor> outputs) ->
                    written.add(new RowFormat.ResultRow(kept.get(i), outputs));
                case RowResults.Failed failed ->
                    errors.add(new RowError(
                            sources.get(i).line(), String.valueOf(failed.error().getMessage())));
            }
        }
        errors.sort((a, b) -> Long.compare(a.line(), b.line()));
        return new Computed(chunk, writer.rows(written), errors, progress);
    }
}
