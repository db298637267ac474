import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Attacks on a running server, one a row of {@link #ATTACKS}: what it does, and what must hold. After each the server must
 * answer health within a second and infer. At last it is asked to stop, and must. Run by .ci/attack; needs nothing but a JDK.
 */
final class Attack {
    private static final int MOST_MILLIS = 150_000;

    private static final List<Row> ATTACKS = List.of(
            new Row("1 a chunk's size without an end", HttpAttacks::endlessSizes),
            new Row("1 the same on 50 connections", HttpAttacks::endlessSizesAtOnce),
            new Row("1 extensions, trailers and lines without an end", HttpAttacks::endlessLines),
            new Row("1 a chunk of 2 GiB", HttpAttacks::hugeChunk),
            new Row("1 data behind a chunk", HttpAttacks::dataBehindAChunk),
            new Row("2 names of parameters with equal hash codes", LoadAttacks::equalHashes),
            new Row("3 20,000 calls that never end", GrpcAttacks::unfinishedCalls),
            new Row("3 100,000 calls that are reset", GrpcAttacks::resets),
            new Row("3 half a HEADERS frame", GrpcAttacks::halfFrame),
            new Row("4 64 large bodies at once", LoadAttacks::largeBodies),
            new Row("5 a tensor larger than the machine", ModelAttacks::hugeTensor),
            new Row("6 a loop without an end, hung up on", ModelAttacks::endlessLoop),
            new Row("7 a page of another origin changes the server", HttpAttacks::crossSite),
            new Row("7 a page has its name resolved to this machine", HttpAttacks::rebinding),
            new Row("8 Vertex AI's redirect changes the server", HttpAttacks::redirect),
            new Row("9 heads that are read in two ways", HttpAttacks::heads),
            new Row("9 a compressed body that is cut off", HttpAttacks::cutGzip));

    /** One attack. */
    private record Row(String name, Action action) {}

    /** Throws where the server does not withstand. */
    @FunctionalInterface
    private interface Action {
        void run(Checks.Target target) throws Exception;
    }

    private Attack() {}

    public static void main(String[] arguments) throws Exception {
        int[] ports = Arrays.stream(arguments).skip(1).mapToInt(Integer::parseInt).toArray();
        Checks.Target target = new Checks.Target(Long.parseLong(arguments[0]), ports[0], ports[1], ports[2], ports[3]);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                Thread.sleep(MOST_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
            System.out.println("FAILED  no attack may take so long: given up after " + MOST_MILLIS + " ms");
            Runtime.getRuntime().halt(1);
        });
        int failed = 0;
        List<Row> rows = new ArrayList<>(ATTACKS);
        rows.add(new Row("it stops on SIGTERM", Attack::stop));
        for (Row row : rows) {
            long start = System.nanoTime();
            String result;
            try {
                row.action().run(target);
                if (row != rows.getLast()) {
                    Checks.assertServes(target);
                }
                result = "ok     ";
            } catch (Exception | AssertionError e) {
                failed++;
                result = "FAILED ";
                System.out.println("        " + e);
            }
            System.out.printf("%s %s (%d ms)%n", result, row.name(), (System.nanoTime() - start) / 1_000_000);
        }
        System.out.println((rows.size() - failed) + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    /** While a run goes on that has no end. */
    private static void stop(Checks.Target target) throws Exception {
        ModelAttacks.beginEndlessLoop(target);
        ProcessHandle process = ProcessHandle.of(target.process()).orElseThrow(() -> new AssertionError("it has died"));
        process.destroy();
        process.onExit().get(10, TimeUnit.SECONDS);
    }
}
