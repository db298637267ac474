package dev.nereid.server.protocol;

import java.util.Collection;
import java.util.Optional;

/** Which known name a misspelt one means. */
public final class NearestName {
    private static final int MOST_EDITS = 3;

    /** Of a name's letters, so many are no accident. */
    private static final int LEAST_BEGINNING = 4;

    private NearestName() {}

    /**
     * The known name with the fewest edits from a name, the first of equals; else the first that continues the name.
     *
     * @return empty where none is near: of short names that is within a third of their length, of others within three edits
     */
    public static Optional<String> of(String name, Collection<String> known) {
        String best = "";
        int fewest = Math.min(MOST_EDITS, Math.max(1, name.length() / 3)) + 1;
        for (String candidate : known) {
            int edits = edits(name, candidate);
            if (edits < fewest) {
                fewest = edits;
                best = candidate;
            }
        }
        return best.isEmpty()
                ? known.stream()
                        .filter(candidate -> name.length() >= LEAST_BEGINNING && candidate.startsWith(name))
                        .findFirst()
                : Optional.of(best);
    }

    /** The Levenshtein distance. */
    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
