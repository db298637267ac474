package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.archive.PickleValue;
import dev.nereid.models.pytorch.archive.PickleValue.OfInteger;
import dev.nereid.models.pytorch.archive.PickleValue.OfList;
import dev.nereid.models.pytorch.archive.PickleValue.OfText;
import dev.nereid.models.pytorch.archive.PickleValue.OfTuple;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From places of a file of the archive's code to the lines of the model's own Python code. Only messages need it, so what
 * is not as it should be is no line.
 *
 * @param entries tuples of a place in the archive's code and the range of the original that it comes from, by place
 * @param texts lines and names of files that ranges name by number
 */
record OriginalLines(List<PickleValue> entries, List<PickleValue> texts) {
    /** An entry has a place and a range. */
    private static final int RANGE = 1;
    /** A line of the stack that a traced operator was called from. */
    private static final Pattern CALL = Pattern.compile("(.+)\\((\\d+)\\): \\S+");
    /** PyTorch's own layers, which call operators for the model. */
    private static final String LIBRARY = "/torch/";
    /** No function is longer, in characters. */
    private static final int LONGEST = 1 << 20;

    OriginalLines {
        entries = List.copyOf(entries);
        texts = List.copyOf(texts);
    }

    /** What a pickle has: a mark, texts and entries; or entries alone, of torch before 1.11. */
    static OriginalLines of(PickleValue pickle) {
        List<PickleValue> items = items(pickle);
        return items.size() == 3 && items.getFirst() instanceof OfText
                ? new OriginalLines(items(items.get(2)), items(items.get(1)))
                : new OriginalLines(items, List.of());
    }

    private static List<PickleValue> items(PickleValue value) {
        return switch (value) {
            case OfTuple(List<PickleValue> items) -> items;
            case OfList list -> list.items();
            default -> List.of();
        };
    }

    /**
     * The file and line, such as {@code net.py:12}, of a statement.
     *
     * @param from where it begins in the archive's code
     * @param to where its line ends
     */
    Optional<String> line(int from, int to) {
        Optional<String> before = Optional.empty();
        for (PickleValue entry : entries) {
            List<PickleValue> parts = items(entry);
            if (parts.size() <= RANGE || !(parts.getFirst() instanceof OfInteger(long place)) || place >= to) {
                continue;
            }
            Optional<String> line = line(items(parts.get(RANGE)));
            if (line.isPresent() && place >= from) {
                return line;
            }
            before = line.isPresent() ? line : before;
        }
        return before;
    }

    /** @param range (text, file, first line), where in the text it begins and ends */
    private Optional<String> line(List<PickleValue> range) {
        if (range.size() < 2 || !(range.get(1) instanceof OfInteger(long begin))) {
            return Optional.empty();
        }
        List<PickleValue> source = items(range.getFirst());
        if (source.size() < 3 || !(source.get(2) instanceof OfInteger(long first))) {
            return Optional.empty();
        }
        String file = text(source.get(1));
        if (file.isEmpty() || file.startsWith("<")) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder(text(source.getFirst()));
        for (PickleValue each : items(source.getFirst())) {
            if (text.length() > LONGEST) {
                return Optional.empty();
            }
            text.append(text(each));
        }
        String before = text.substring(0, Math.clamp(begin, 0, text.length()));
        long line = first + before.chars().filter(c -> c == '\n').count();
        return call(text.toString()).or(() -> Optional.of(file + ":" + line));
    }

    /** Of a traced operator the innermost call that the model's own code makes. */
    private static Optional<String> call(String stack) {
        return stack.lines()
                .map(CALL::matcher)
                .filter(Matcher::matches)
                .filter(found -> !found.group(1).contains(LIBRARY))
                .map(found -> found.group(1) + ":" + found.group(2))
                .findFirst();
    }

    /** A text, or the text of a number. */
    private String text(PickleValue value) {
        return switch (value) {
            case OfText(String text) -> text;
            case OfInteger(long number)
            when number >= 0 && number < texts.size() && texts.get((int) number) instanceof OfText(String text) -> text;
            default -> "";
        };
    }
}
