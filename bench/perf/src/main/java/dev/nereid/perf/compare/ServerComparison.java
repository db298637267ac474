package dev.nereid.perf.compare;

import java.util.List;

/**
 * Two servers under the same loads.
 *
 * @param levelName what a level is called
 */
public record ServerComparison(Side first, Side second, String levelName, List<ComparedLevel> levels) {
    /**
     * One of the servers.
     *
     * @param name what tells it from the other, in a word or two
     * @param description its address, protocol and model
     */
    public record Side(String name, String description) {
        /** The description, behind the name where it does not begin with it. */
        public String text() {
            return description.startsWith(name) ? description : name + ": " + description;
        }
    }

    public ServerComparison {
        levels = List.copyOf(levels);
    }
}
