package dev.nereid.server.schedule.adaptive;

/** How much may wait before requests are refused at the door. */
final class Admission {
    /**
     * The backlog at which a request is refused, in times of its own slack. Above 1, since part of what waits before it
     * is dropped when its turn comes, in favour of the younger.
     */
    static final double PATIENCE = 2;

    private Admission() {}
}
