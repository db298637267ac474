package dev.nereid.server.trace;

import dev.nereid.server.protocol.RequestTrace.Moment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a backend did within a request, as spans in one another: {@code X_START} begins a span {@code X}, which the next
 * {@code X_END} ends with all that has begun in it; anything else is an event of the innermost span.
 *
 * @param name empty for what lies in no span
 * @param events in the order of time, with the two ends
 * @param within the spans in this one, in the order of their beginnings
 */
record Activities(String name, List<Span.Stamp> events, List<Activities> within) {
    private static final String START = "_START";
    private static final String END = "_END";

    private Activities(String name) {
        this(name, new ArrayList<>(), new ArrayList<>());
    }

    /** The activities among the stamps, which come in the order of time. */
    static Activities of(List<Span.Stamp> stamps) {
        List<Activities> open = new ArrayList<>(List.of(new Activities("")));
        for (Span.Stamp stamp : stamps) {
            if (stamp.moment() != Moment.CUSTOM_ACTIVITY) {
                continue;
            }
            if (stamp.name().endsWith(START)) {
                Activities begun = new Activities(without(START, stamp.name()));
                open.getLast().within().add(begun);
                open.add(begun);
            }
            int ended = stamp.name().endsWith(END) ? opened(open, without(END, stamp.name())) : 0;
            if (ended > 0) {
                open.get(ended).events().add(stamp);
                open.subList(ended, open.size()).clear();
            } else {
                open.getLast().events().add(stamp);
            }
        }
        return open.getFirst();
    }

    private static String without(String suffix, String name) {
        return name.substring(0, name.length() - suffix.length());
    }

    /** Where the innermost open span of that name is; 0 for none. */
    private static int opened(List<Activities> open, String name) {
        int place = open.size() - 1;
        while (place > 0 && !open.get(place).name().equals(name)) {
            place--;
        }
        return place;
    }
}
