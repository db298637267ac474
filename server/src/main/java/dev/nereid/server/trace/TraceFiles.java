package dev.nereid.server.trace;

import dev.nereid.server.observe.TraceSampler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The files that traces go to. Traces of settings that limit their number, or the number in a file, go to
 * {@code <file>.0}, {@code <file>.1} and so on, all others to the file itself; so do, in the end, those of a number that
 * was not reached. Each is a JSON array, and stays one with every write: a reader never has to wait for the end. What a
 * file held before the server's first trace is gone. Used by one thread.
 */
final class TraceFiles implements TraceFileWriter.Destination {
    private static final byte BEGIN = '[';
    private static final byte COMMA = ',';
    private static final byte END = ']';

    private final Path file;
    private final boolean explained;
    private final Target whole;
    private long nextIndex;
    /** By what chose their traces; one that no trace refers to is never asked for again. */
    private final Map<TraceSampler, Target> indexed = new WeakHashMap<>();
    /** Those of a number of traces that has not been reached. */
    private final List<Target> unfinished = new ArrayList<>();

    /** A file that is written to. */
    private static final class Target {
        private final Path path;
        private boolean begun;
        private long traces;

        Target(Path path) {
            this.path = path;
        }
    }

    /** @param explained whether the traces tell how executions came about, which Triton's do not */
    TraceFiles(Path file, boolean explained) {
        this.file = file;
        this.explained = explained;
        this.whole = new Target(file);
    }

    /**
     * Writes traces.
     *
     * @throws IOException if a file cannot be written; the traces that were to go there are lost, and the file is as before
     */
    @Override
    public void write(List<Trace> traces) throws IOException {
        Map<Target, ByteArrayOutputStream> texts = new LinkedHashMap<>();
        for (Trace trace : traces) {
            ByteArrayOutputStream text =
                    texts.computeIfAbsent(target(trace.sampler()), _ -> new ByteArrayOutputStream());
            if (text.size() > 0) {
                text.write(',');
            }
            text.writeBytes(TraceJson.objects(trace, explained));
        }
        IOException failure = null;
        for (Map.Entry<Target, ByteArrayOutputStream> text : texts.entrySet()) {
            try {
                append(text.getKey(), text.getValue().toByteArray());
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Where the next trace goes that was chosen by that; counts it. */
    private Target target(TraceSampler sampler) {
        if (!sampler.limited() && sampler.logFrequency() == 0) {
            return whole;
        }
        Target target = indexed.get(sampler);
        boolean full = target != null && sampler.logFrequency() > 0 && target.traces >= sampler.logFrequency();
        if (target == null || full) {
            target = new Target(file.resolveSibling(file.getFileName() + "." + nextIndex++));
            indexed.put(sampler, target);
            if (sampler.logFrequency() == 0) {
                unfinished.add(target);
            }
        }
        target.traces++;
        if (target.traces == sampler.most()) {
            unfinished.remove(target);
        }
        return target;
    }

    /**
     * Moves the traces of numbers that were not reached to the file itself, where Triton writes them.
     *
     * @throws IOException if that is not possible; their files stay
     */
    @Override
    public void finish() throws IOException {
        for (Target target : unfinished) {
            if (Files.exists(target.path)) {
                try (FileChannel from = FileChannel.open(target.path, StandardOpenOption.READ)) {
                    append(whole, from);
                }
                Files.delete(target.path);
            }
        }
        unfinished.clear();
    }

    /** Puts objects before the bracket that ends the array. */
    private static void append(Target target, byte[] objects) throws IOException {
        try (FileChannel channel = open(target)) {
            long position = end(channel);
            ByteBuffer text = ByteBuffer.allocate(objects.length + 2);
            text.put(position == 0 ? BEGIN : COMMA).put(objects).put(END);
            try {
                writeAll(channel, text.flip(), position);
            } catch (IOException e) {
                restore(channel, position);
                throw e;
            }
        }
    }

    /** Puts all objects of a file before the bracket that ends the array. */
    private static void append(Target target, FileChannel from) throws IOException {
        try (FileChannel channel = open(target)) {
            long position = end(channel);
            try {
                writeAll(
                        channel,
                        ByteBuffer.allocate(1)
                                .put(position == 0 ? BEGIN : COMMA)
                                .flip(),
                        position);
                channel.position(position + 1);
                for (long done = 1; done < from.size(); ) {
                    done += from.transferTo(done, from.size() - done, channel);
                }
            } catch (IOException e) {
                restore(channel, position);
                throw e;
            }
        }
    }

    private static FileChannel open(Target target) throws IOException {
        FileChannel channel = FileChannel.open(target.path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!target.begun) {
            channel.truncate(0);
            target.begun = true;
        }
        return channel;
    }

    /** Where the bracket is that ends an array; 0 where there is none yet. */
    private static long end(FileChannel channel) throws IOException {
        return channel.size() < 2 ? 0 : channel.size() - 1;
    }

    private static void restore(FileChannel channel, long end) throws IOException {
        channel.truncate(end);
        if (end > 0) {
            writeAll(channel, ByteBuffer.allocate(1).put(END).flip(), end);
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer text, long position) throws IOException {
        long next = position;
        while (text.hasRemaining()) {
            next += channel.write(text, next);
        }
    }
}
