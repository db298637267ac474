package dev.nereid.perf.measure;

import dev.nereid.perf.client.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The answers to many requests, in a temporary file that goes with its end. Memory holds a part of them only, by which
 * answers that are equal, as those to equal requests are, are stored once. Any thread may append; one reads, afterwards.
 */
public final class AnswerLog implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int MOST_REMEMBERED_BYTES = 16 << 20;

    /** The place of answers that could not be stored. */
    private static final long NOWHERE = -1;

    private final FileChannel file;
    private final ByteBuffer unwritten = ByteBuffer.allocate(BUFFER_BYTES);
    private final Map<ByteBuffer, Long> places = new HashMap<>();
    private long remembered;
    private String problem = "";

    private AnswerLog(FileChannel file) {
        this.file = file;
    }

    /** An empty log. */
    public static AnswerLog temporary() throws IOException {
        Path path = Files.createTempFile("nereid-perf-answers", "");
        return new AnswerLog(FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
    }

    /** Stores the answers to one request; the place to read them from. */
    public synchronized long append(List<Answer> answers) {
        if (!problem.isEmpty()) {
            return NOWHERE;
        }
        try {
            ByteBuffer entry = entry(answers);
            Long known = places.get(entry);
            if (known != null) {
                return known;
            }
            long place = file.position() + unwritten.position();
            store(entry.duplicate());
            if (remembered + entry.remaining() <= MOST_REMEMBERED_BYTES) {
                remembered += entry.remaining();
                places.put(entry, place);
            }
            return place;
        } catch (IOException | ArithmeticException e) {
            problem = e.toString();
            return NOWHERE;
        }
    }

    /** Why answers are missing; empty if none is. */
    public synchronized String problem() {
        return problem;
    }

    /** The length of the rest, then each answer behind its two lengths. */
    private static ByteBuffer entry(List<Answer> answers) {
        int length = Integer.BYTES;
        for (Answer answer : answers) {
            length = Math.addExact(length, Math.addExact(answer.bytes().length, 2 * Integer.BYTES));
        }
        ByteBuffer entry = ByteBuffer.allocate(length).putInt(length - Integer.BYTES);
        for (Answer answer : answers) {
            entry.putInt(answer.jsonLength()).putInt(answer.bytes().length).put(answer.bytes());
        }
        return entry.flip();
    }

    private void store(ByteBuffer entry) throws IOException {
        if (entry.remaining() > unwritten.remaining()) {
            write();
        }
        if (entry.remaining() > unwritten.remaining()) {
            writeAll(entry);
        } else {
            unwritten.put(entry);
        }
    }

    private void write() throws IOException {
        writeAll(unwritten.flip());
        unwritten.clear();
    }

    private void writeAll(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    /** The answers that {@link #append} stored at a place; none where it could not. Once read, nothing more is stored. */
    public synchronized List<Answer> read(long place) throws IOException {
        if (place == NOWHERE) {
            return List.of();
        }
        if (problem.isEmpty()) {
            write();
        } else if (place >= file.size()) {
            return List.of();
        }
        ByteBuffer entry =
                bytes(place + Integer.BYTES, bytes(place, Integer.BYTES).getInt());
        List<Answer> answers = new ArrayList<>();
        while (entry.hasRemaining()) {
            int jsonLength = entry.getInt();
            byte[] bytes = new byte[entry.getInt()];
            entry.get(bytes);
            answers.add(new Answer(bytes, jsonLength));
        }
        return answers;
    }

    private ByteBuffer bytes(long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                throw new IOException("the temporary file of answers is shorter than it was");
            }
        }
        return bytes.flip();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
