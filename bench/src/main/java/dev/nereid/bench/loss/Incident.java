package dev.nereid.bench.loss;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What happens to the servers while requests are counted, and what may be lost by it. */
enum Incident {
    /** Nothing: what the bed itself loses. */
    QUIET("nothing happens", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws InterruptedException {
            Thread.sleep(3000);
        }
    },
    RESTART("one server after the other is restarted (SIGTERM)", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            bed.replica(number).restart();
        }
    },
    RELOAD("the model is loaded again on every server", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            for (Replica replica : bed.replicas()) {
                replica.reload(Bed.MODEL);
            }
        }
    },
    LABEL("the label that requests name moves to another version and back", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            for (int version : new int[] {2, 1}) {
                for (Replica replica : bed.replicas()) {
                    replica.direct(Bed.MODEL, Bed.labelAt(version));
                }
                Thread.sleep(300);
            }
        }
    },
    KILL("one server is killed (SIGKILL) and started again", Goal.THOSE_IN_FLIGHT) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            Thread.sleep(1000);
            bed.replica(number).kill();
            bed.replica(number).startAgain();
        }
    },
    HANG("one server hangs for 4 s (SIGSTOP)", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            bed.replica(number).signal("STOP");
            try {
                Thread.sleep(4000);
            } finally {
                bed.replica(number).signal("CONT");
            }
            Thread.sleep(1000);
        }
    },
    SLOW("one server stands still for two thirds of 4 s", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            for (int i = 0; i < 20; i++) {
                bed.replica(number).signal("STOP");
                try {
                    Thread.sleep(130);
                } finally {
                    bed.replica(number).signal("CONT");
                }
                Thread.sleep(70);
            }
        }
    },
    FULL_DISK("the disk with logs, traces and temporary files is full", Goal.NOTHING) {
        @Override
        void happen(Bed bed, int number) throws IOException, InterruptedException {
            Path filler = bed.smallDisk().resolve("filler");
            byte[] piece = new byte[4096];
            try (var out = Files.newOutputStream(filler)) {
                while (true) {
                    out.write(piece);
                }
            } catch (IOException e) {
                bed.note("the disk is full: " + e.getMessage());
            }
            Thread.sleep(3000);
            Files.delete(filler);
        }
    };

    /** What may be lost. */
    enum Goal {
        NOTHING,
        /** Nothing where somebody sends requests again, else those that were in flight on the server. */
        THOSE_IN_FLIGHT
    }

    private final String text;
    private final Goal goal;

    Incident(String text, Goal goal) {
        this.text = text;
        this.goal = goal;
    }

    String text() {
        return text;
    }

    /** The most requests that may be lost on a way, for each time that it happens. */
    int most(boolean retried, int users) {
        return goal == Goal.NOTHING || retried ? 0 : users;
    }

    /** Lets it happen once; returns when the servers are as before. */
    abstract void happen(Bed bed, int number) throws IOException, InterruptedException;

    static List<Incident> all() {
        return List.of(values());
    }
}
