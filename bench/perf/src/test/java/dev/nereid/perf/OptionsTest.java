package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class OptionsTest {
    private static PerfOptions checked(String line) {
        PerfOptions options = new PerfOptions();
        CommandLine commands = new CommandLine(options);
        commands.setAbbreviatedOptionsAllowed(true);
        commands.parseArgs(("-m model " + line).split(" "));
        OptionChecks.check(options);
        return options;
    }

    /** Every flag of perf_analyzer, with a value that it takes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-x 3",
                "-v",
                "-v -v",
                "--service-kind triton",
                "--service-kind tfserving --model-signature-name serving_default",
                "--service-kind torchserve",
                "--service-kind openai --endpoint v1/completions --streaming",
                "--bls-composing-models a:3,b",
                "-i grpc -u localhost:8001",
                "-i grpc --service-kind tfserving",
                "-a",
                "--async",
                "--sync",
                "-i grpc -a --streaming",
                "-i grpc --streaming",
                "-H X:y -H Z:w",
                "-i grpc --grpc-compression-algorithm deflate",
                "--input-tensor-format json --output-tensor-format json",
                "--ssl-https-verify-peer 0 --ssl-https-verify-host 0 --ssl-https-ca-certificates-file a.pem",
                "--ssl-https-client-certificate-file a --ssl-https-client-certificate-type DER"
                        + " --ssl-https-private-key-file b --ssl-https-private-key-type DER",
                "-i grpc --ssl-grpc-use-ssl --ssl-grpc-root-certifications-file a --ssl-grpc-private-key-file b"
                        + " --ssl-grpc-certificate-chain-file c",
                "--concurrency-range 1:8:2",
                "--request-rate-range 10.5:20:0.5 --request-distribution poisson",
                "--request-intervals file",
                "-i grpc -a --streaming --periodic-concurrency-range 1:8:2 --request-period 5",
                "--fixed-schedule",
                "--session-concurrency 4",
                "--concurrency-range 1:8 --binary-search -l 10",
                "--latency-threshold 10 --max-threads 8",
                "--request-parameter a:1:int --request-parameter b:true:bool",
                "-b 4",
                "--measurement-mode count_windows --measurement-request-count 10",
                "-p 1000 -s 20 -r 5",
                "--measurement-interval 1000 --stability-percentage 20 --max-trials 5",
                "--percentile 95",
                "--warmup-request-count 10 --request-count 100",
                "--num-of-sequences 2 --sequence-length 5 --sequence-length-variation 10 --sequence-id-range 1:9"
                        + " --serial-sequences",
                "--input-data zero --shape A:1,2 --string-length 5 --string-data x",
                "--shared-memory system --output-shared-memory-size 100",
                "-f file --verbose-csv --profile-export-file other",
                "--collect-metrics --metrics-url localhost:8002/metrics --metrics-interval 100",
                "--trace-level TIMESTAMPS --trace-rate 10 --trace-count -1 --log-frequency 0",
                "-z",
                "--data-directory folder",
                "-t 4",
                "-d -c 8 -t 2"
            })
    void flagsOfPerfAnalyzerAreTaken(String line) {
        assertThatCode(() -> checked(line)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--shared-memory cuda | --shared-memory: cuda needs memory of a GPU",
                "--service-kind triton_c_api | loads Triton into the process",
                "--service-kind dynamic_grpc | dynamic_grpc, with --grpc-method and --proto, is not there",
                "--grpc-method a/b | go with the service kind dynamic_grpc",
                "--enable-mpi | --enable-mpi: generators on several machines are not joined",
                "-c 8 | -c goes with -d",
                "--grpc-compression-algorithm gzip | goes with -i grpc only",
                "--streaming | --streaming goes with -i grpc only",
                "-i grpc --streaming --sync | can not use streaming with synchronous API",
                "-t 4 --concurrency-range 1 | they do not go with --concurrency-range",
                "-t 4 --request-rate-range 10 | they do not go with --request-rate-range",
                "--periodic-concurrency-range 1:4:1 | it needs --streaming",
                "--concurrency-range 1 --fixed-schedule | expected one of --concurrency-range",
                "--fixed-schedule --request-count 5 | a number of requests of its own",
                "--trace-level LOUD | --trace-level: expected one of [OFF, TIMESTAMPS, TENSORS], got 'LOUD'",
                "--trace-rate x | --trace-rate: expected a whole number, got 'x'",
                "--metrics-interval 0 | --metrics-interval: expected 1 or more, got 0",
                "--ssl-https-private-key-file a | expected both or neither",
                "--ssl-grpc-root-certifications-file a | go with --ssl-grpc-use-ssl",
                "--vs-model other | go with --vs",
                "--vs localhost:1 --vs-rounds 1 | --vs-rounds: expected 2 or more, got 1",
                "--vs localhost:1 --shared-memory system | one server at a time",
                "--vs localhost:1 --collect-metrics | --vs reports what clients see: it does not go with --collect-m",
                "--vs localhost:1 --bls-composing-models a | it does not go with --bls-composing-models",
                "--vs localhost:1 --slo-ms 5 | it does not go with --slo-ms",
                "--vs localhost:1 -l 5 | it does not go with --latency-threshold",
                "-i grpc --streaming --vs localhost:1 --vs-service-kind tfserving | --streaming needs streams of both",
                "-i grpc --streaming --service-kind tfserving | --service-kind=tfserving has no streams",
                "-i grpc --service-kind torchserve | -i: torchserve is asked over its REST interface",
                "--slo-ms -1 | --slo-ms: expected more than 0, got -1.0",
                "--slo-ms 5 --slo-percentile 100 | --slo-percentile: expected a number between 0 and 100, got 100.0",
                "--find-max-rate | --find-max-rate needs a limit: --slo-ms",
                "--find-max-rate --slo-ms 5 --request-rate-range 9 --request-distribution poisson --request-count 5 |"
                        + " it does not go with --request-count",
                "--find-max-rate --slo-ms 5 --request-rate-range 9 --request-distribution poisson -l 5 |"
                        + " it does not go with --latency-threshold",
                "--find-max-rate --slo-ms 5 --request-rate-range 9 --request-distribution poisson"
                        + " --measurement-mode count_windows | it does not go with --measurement-mode=count_windows",
                "--metrics-url localhost:1 | Must specify --collect-metrics when using the --metrics-url option.",
                "--progress=loud | --progress: expected one of [auto, always, never], got 'loud'",
                "--request-count -1 | --request-count: expected 0 or more, got -1",
                "--warmup-request-count -1 | --warmup-request-count: expected 0 or more, got -1",
                "--sequence-length 0 | --sequence-length: expected 1 or more, got 0",
                "-f /nowhere/x.csv | -f: there is no folder '/nowhere'",
                "-q --progress | exclude each other"
            })
    void whatCannotBeHadIsRefusedInASentence(String line, String sentence) {
        assertThatThrownBy(() -> checked(line)).hasMessageContaining(sentence);
    }

    @Test
    void flagsOfFormerVersionsMeanTodays() {
        assertThat(checked("-z").inputData).containsExactly("zero");
        assertThat(checked("-t 4").concurrency).isEqualTo("4");
        assertThat(checked("-d -c 8 -t 2").concurrency).isEqualTo("2:8:1");
    }

    @Test
    void capitalsDoNotMatterWherePerfAnalyzerDoesNotLookAtThem() {
        assertThat(checked("-i gRPC").server().isGrpc()).isTrue();
        assertThat(checked("-i HTTP --input-tensor-format JSON").inputFormat).isEqualTo("json");
    }

    @Test
    void everyKindOfServerHasItsUsualPort() {
        assertThat(checked("").server().address()).isEqualTo("localhost:8000");
        assertThat(checked("-i grpc").server().address()).isEqualTo("localhost:8001");
        assertThat(checked("-i grpc --service-kind tfserving").server().address())
                .isEqualTo("localhost:8500");
        assertThat(checked("--service-kind tfserving").server().address()).isEqualTo("localhost:8501");
    }

    @Test
    void batchIsOneUnlessGiven() {
        assertThat(checked("").batch).isEqualTo(1);
        assertThat(checked("").batchIsGiven).isFalse();
        assertThat(checked("-b 1").batchIsGiven).isTrue();
        assertThat(checked("-b 4").batch).isEqualTo(4);
    }

    @Test
    void streamsAreAsynchronous() {
        assertThat(checked("-i grpc --streaming").async).isTrue();
        assertThat(checked("-i grpc").async).isFalse();
    }

    @Test
    void progressIsAutomaticUnlessAskedFor() {
        assertThat(checked("").report.progress).isEqualTo("auto");
        assertThat(checked("--progress").report.progress).isEqualTo("always");
        assertThat(checked("--progress=never").report.progress).isEqualTo("never");
    }

    @Test
    void secondServerIsAsTheFirstInWhatIsNotSaid() {
        PerfOptions options = checked("-x 2 --vs localhost:9001 --vs-protocol grpc");
        assertThat(options.versus.choice(options.server()))
                .isEqualTo(new ServerChoice("localhost:9001", "grpc", "triton", "model", "2"));
        assertThat(checked("-x 2 --vs h --vs-model other")
                        .versus
                        .choice(options.server())
                        .version())
                .isEmpty();
    }
}
