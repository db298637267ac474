package dev.nereid.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.RequestTrace.Moment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActivitiesTest {
    private static Activities of(String... names) {
        List<Span.Stamp> stamps = new ArrayList<>();
        for (String name : names) {
            stamps.add(new Span.Stamp(Moment.CUSTOM_ACTIVITY, name, stamps.size()));
        }
        stamps.add(new Span.Stamp(Moment.REQUEST_END, "REQUEST_END", stamps.size()));
        return Activities.of(stamps);
    }

    /** Spans with what is in them, events by name. */
    private static String text(Activities activities) {
        StringBuilder text = new StringBuilder(activities.name()).append('(');
        activities.events().forEach(event -> text.append(' ').append(event.name()));
        activities.within().forEach(span -> text.append(' ').append(text(span)));
        return text.append(" )").toString();
    }

    @Test
    void nestsSpansAsTheyBeginAndEnd() {
        assertThat(text(of(
                        "A_START", "A_END", "here", "B_START", "C_START", "there", "C_END", "B_END", "D_START",
                        "D_END")))
                .isEqualTo(
                        "( here A( A_START A_END ) B( B_START B_END C( C_START there C_END ) ) D( D_START D_END ) )");
    }

    @Test
    void endsWithASpanAllThatHasBegunInIt() {
        assertThat(text(of("A_START", "B_START", "A_END", "after")))
                .isEqualTo("( after A( A_START A_END B( B_START ) ) )");
    }

    @Test
    void takesTheEndOfNothingForAnEvent() {
        assertThat(text(of("A_END", "B_START", "A_END"))).isEqualTo("( A_END B( B_START A_END ) )");
    }
}
