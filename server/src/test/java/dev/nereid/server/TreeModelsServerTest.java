package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Boosters of XGBoost and LightGBM in a repository of Triton's layout with the configs of its FIL backend. */
@SuppressWarnings("NullAway.Init") // set before all tests
class TreeModelsServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double PROBABILITY = 1 / (1 + Math.exp(-2));

    /** A stump on feature 0: below 1.5, or missing, -1; else 2. */
    private static final String XGBOOST = """
            {"version":[3,0,0],"learner":{"objective":{"name":"binary:logistic"},
             "learner_model_param":{"num_feature":"2","base_score":"5E-1"},"gradient_booster":{"name":"gbtree","model":{
              "gbtree_model_param":{"num_trees":"1"},"tree_info":[0],"trees":[
              {"left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_indices":[0,0,0],"split_conditions":[1.5,-1,2],
               "default_left":[1,0,0],"sum_hessian":[4,3,1],"tree_param":{"num_nodes":"3"}}]}}}}""";

    private static final String LIGHTGBM = """
            tree
            version=v4
            num_tree_per_iteration=1
            max_feature_idx=1
            objective=regression

            Tree=0
            num_leaves=2
            num_cat=0
            split_feature=0
            threshold=1.5
            decision_type=8
            left_child=-1
            right_child=-2
            leaf_value=-1 2

            end of trees
            """;

    @TempDir
    private static Path repository;

    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        write("bare/1/xgboost.json", XGBOOST);
        write("proba/1/xgboost.json", XGBOOST);
        write("proba/config.pbtxt", config(2, "xgboost_json", "predict_proba"));
        write("classes/1/xgboost.json", XGBOOST);
        write("classes/config.pbtxt", config(1, "xgboost_json", "output_class"));
        write("light/1/model.txt", LIGHTGBM);
        write("light/config.pbtxt", config(1, "lightgbm", "use_experimental_optimizations"));
        write("shap/1/xgboost.json", XGBOOST);
        write(
                "shap/config.pbtxt",
                config(1, "xgboost_json", "output_class")
                        + "output { name: \"treeshap_output\" data_type: TYPE_FP32 dims: 3 }\n");
        Files.createDirectories(repository.resolve("treelite/1"));
        Files.write(
                repository.resolve("treelite/1/checkpoint.tl"), new byte[] {4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1});
        server = Server.start(RunningServers.plainConfig(
                repository,
                "--model-control-mode=explicit",
                "--load-model=bare",
                "--load-model=proba",
                "--load-model=classes",
                "--load-model=shap",
                "--load-model=light"));
        assertThat(server.startup().join()).isEmpty();
    }

    private static String config(int columns, String type, String parameter) {
        return """
                backend: "fil"
                max_batch_size: 8
                input { name: "input__0" data_type: TYPE_FP32 dims: 2 }
                output { name: "output__0" data_type: TYPE_FP32 dims: %d }
                parameters { key: "model_type" value { string_value: "%s" } }
                parameters { key: "%s" value { string_value: "true" } }
                parameters { key: "storage_type" value { string_value: "AUTO" } }
                """.formatted(columns, type, parameter);
    }

    private static void write(String path, String text) throws IOException {
        Path file = repository.resolve(path);
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, text);
    }

    @AfterAll
    static void stop() {
        assertThat(server.stop()).isTrue();
    }

    @Test
    void aFileWithoutAConfigHasTheNamesOfFil() throws IOException {
        JsonNode config = JSON.readTree(send(server, Front.HTTP, "/v2/models/bare/config", ""));
        assertThat(config.get("backend").asText()).isEqualTo("fil");
        assertThat(config.get("input").get(0).get("name").asText()).isEqualTo("input__0");
        assertThat(config.get("input").get(0).get("dims")).hasToString("[2]");
        assertThat(config.get("output").get(0).get("name").asText()).isEqualTo("output__0");
        assertThat(answer("bare").get(1).asDouble()).isCloseTo(PROBABILITY, Offset.offset(1e-6));
    }

    @Test
    void aConfigAsksForProbabilitiesOrClasses() throws IOException {
        assertThat(answer("proba").get(2).asDouble()).isCloseTo(1 - PROBABILITY, Offset.offset(1e-6));
        assertThat(answer("proba").get(3).asDouble()).isCloseTo(PROBABILITY, Offset.offset(1e-6));
        assertThat(answer("classes")).hasToString("[0.0,1.0]");
        assertThat(answer("light")).hasToString("[-1.0,2.0]");
    }

    @Test
    void aConfigAsksForShapValuesBesideTheAnswer() throws IOException {
        assertThat(outputs("shap").get(0).get("data")).hasToString("[0.0,1.0]");
        JsonNode values = outputs("shap").get(1);
        assertThat(values.get("name").asText()).isEqualTo("treeshap_output");
        assertThat(values.get("shape")).hasToString("[2,3]");
        // Three of four training rows had -1, one had 2.
        assertThat(values.get("data")).hasToString("[-0.75,0.0,-0.25,2.25,0.0,-0.25]");
    }

    @Test
    void treeliteIsRefusedWithWhatToDo() {
        assertThat(load("treelite")).contains("Treelite checkpoint", "save_model");
    }

    private static JsonNode answer(String model) throws IOException {
        return outputs(model).get(0).get("data");
    }

    private static JsonNode outputs(String model) throws IOException {
        String body = "{\"inputs\":[{\"name\":\"input__0\",\"datatype\":\"FP32\",\"shape\":[2,2],\"data\":[1,0,2,0]}]}";
        return JSON.readTree(send(server, Front.HTTP, "/v2/models/" + model + "/infer", body))
                .get("outputs");
    }

    private static String load(String model) {
        return exchange(server, Front.HTTP, "/v2/repository/models/" + model + "/load", "{}")
                .body();
    }
}
