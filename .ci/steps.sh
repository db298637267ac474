# Sourced by .ci/run and .ci/nightly: runs steps, counts them and the tests of Maven, and ends with one summary line.
# POSIX sh, from the root of the checkout.

steps_passed=0
steps_failed=0
failed_names=
tests_run=0
tests_bad=0
tests_skipped=0
logs=${TMPDIR:-/tmp}/nereid-ci-$$
mkdir -p "$logs"
: >"$logs/tests"

# The test data of the project lie beside the checkout; tests that need them print what they skip without.
if [ -z "${NEREID_TEST_DATA-}" ] && [ -d ../shared/data ]; then
  NEREID_TEST_DATA=$(cd ../shared/data && pwd)
  export NEREID_TEST_DATA
fi

# step NAME COMMAND...: runs the command, shows its output, and remembers how it ended.
step() {
  step_name=$1
  shift
  echo
  echo "=== $step_name: $*"
  step_started=$(date +%s)
  if "$@"; then
    steps_passed=$((steps_passed + 1))
    echo "=== $step_name: passed in $(($(date +%s) - step_started)) s"
  else
    steps_failed=$((steps_failed + 1))
    failed_names="$failed_names
  FAILED  $step_name"
    echo "=== $step_name: FAILED after $(($(date +%s) - step_started)) s"
  fi
}

# maven ARGUMENTS...: a Maven call whose tests are counted and whose skips are printed.
maven() {
  find . -path '*/target/surefire-reports*' -name '*.txt' -exec rm -f {} +
  maven_status=0
  : >"$logs/status"
  { ./mvnw -B -ntp "$@" 2>&1 || echo $? >"$logs/status"; } | tee "$logs/maven"
  read -r maven_status <"$logs/status" || maven_status=0
  counts=$(find . -path '*/target/surefire-reports*' -name '*.txt' -exec cat {} + |
    sed -n 's/^Tests run: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\), Skipped: \([0-9]*\).*/\1 \2 \3 \4/p' |
    awk '{run += $1; bad += $2 + $3; skipped += $4} END {print run + 0, bad + 0, skipped + 0}')
  set -- $counts
  echo "--- Maven: $1 tests, $2 failed, $3 skipped"
  # With the first lines of what each says: who reads the end of a log alone shall know what to look for.
  find . -path '*/target/surefire-reports*' -name '*.txt' -exec \
    sed -n '/ -- Time elapsed: .*<<< [A-Z]*!$/{$!N;$!N;$!N;$!N;s/ -- Time elapsed: [^\n]*\n/: /;s/\n/ /g;s/^/  FAILED  /;p;}' {} + |
    cut -c 1-900 >>"$logs/tests"
  tests_run=$((tests_run + $1))
  tests_bad=$((tests_bad + $2))
  tests_skipped=$((tests_skipped + $3))
  # What failed without a failed test: a compilation, a check of the format, a JVM that ended in the midst of its tests.
  if [ "$maven_status" -ne 0 ] && [ "$2" -eq 0 ]; then
    grep '^\[ERROR\] ' "$logs/maven" | grep -v 'To see the full\|Re-run Maven\|For more info\|\[Help 1\] http\|^\[ERROR\] *$' |
      head -n 12 | cut -c 1-400 | sed 's/^/  /' >>"$logs/tests"
  fi
  find . -path '*/target/surefire-reports*' -name 'TEST-*.xml' -newer "$logs" -exec \
    sed -n '/<testcase/{h;};/<skipped/{x;s/.*testcase name="\([^"]*\)" classname="\([^"]*\)".*/SKIPPED \2: \1/p;x;}' {} +
  return "$maven_status"
}

# jazzer DURATION: searches so long with Jazzer in each of its tests, four at a time, each in a JVM of its own.
jazzer() {
  JAZZER_FUZZ=1
  JAZZER_MAX_DURATION=$1
  # Generated code is slow to rewrite, and its branches are not what is looked for.
  JAZZER_INSTRUMENTATION_EXCLUDES='dev.nereid.proto.**'
  export JAZZER_FUZZ JAZZER_MAX_DURATION JAZZER_INSTRUMENTATION_EXCLUDES
  jazzer_status=0
  maven -Dquick test -pl models,server -am -DforkCount=4 -DreuseForks=false -Dtest='*JazzerTest' \
    -Dsurefire.failIfNoSpecifiedTests=false -Dmaven.test.redirectTestOutputToFile=true \
    -Dtest.extra.flags=-XX:+EnableDynamicAgentLoading || jazzer_status=$?
  unset JAZZER_FUZZ JAZZER_MAX_DURATION JAZZER_INSTRUMENTATION_EXCLUDES
  return "$jazzer_status"
}

# conformance MINIMUM ARGUMENTS...: ONNX backend tests; fails below MINIMUM passed.
conformance() {
  minimum=$1
  shift
  if [ -z "${NEREID_TEST_DATA-}" ] || [ ! -f "$NEREID_TEST_DATA/onnx-tests.zip" ]; then
    echo "SKIPPED conformance $*: there is no onnx-tests.zip in NEREID_TEST_DATA"
    return 0
  fi
  ./nereid conformance "$NEREID_TEST_DATA/onnx-tests.zip" "$@" >"$logs/conformance" 2>&1
  tail -n 1 "$logs/conformance"
  conformance_passed=$(tail -n 1 "$logs/conformance" | sed -n 's/^\([0-9]*\) passed, .*/\1/p')
  [ "${conformance_passed:-0}" -ge "$minimum" ] || {
    echo "expected at least $minimum to pass"
    tail -n 40 "$logs/conformance"
    return 1
  }
}

# kernels_compile FAMILY...: each family's kernels at their largest sizes, whether vectors stay out of boxes and products reach the
# peak. Each attempt is in a JVM of its own: five for the peak, some seconds apart, for the machine may be busy; three where vectors
# are in boxes, for a compiler has its moods, but no more of them than that.
kernels_compile() {
  kernels_wrong=0
  for kernels_family in "$@"; do
    kernels_attempt=1
    until ./nereid bench kernels "$kernels_family" --check --seconds=2 >"$logs/kernels" 2>&1; do
      grep '^WRONG' "$logs/kernels" || tail -n 20 "$logs/kernels"
      kernels_most=5
      ! grep -q '^WRONG.*boxed' "$logs/kernels" || kernels_most=3
      [ "$kernels_attempt" -lt "$kernels_most" ] || {
        kernels_wrong=1
        { grep '^WRONG' "$logs/kernels" || tail -n 3 "$logs/kernels"; } | sed 's/^/  /' >>"$logs/tests"
        break
      }
      kernels_attempt=$((kernels_attempt + 1))
      sleep 5
    done
    grep '^note: .* allocates' "$logs/kernels"
    echo "kernels of $kernels_family: $kernels_attempt attempts"
  done
  return "$kernels_wrong"
}

# steps_are_compiled MODEL...: whether vectors stay out of boxes in the steps of real models, where a kernel may be compiled otherwise
# than alone. Three attempts in JVMs of their own, for a compiler has its moods.
steps_are_compiled() {
  if [ -z "${NEREID_TEST_DATA-}" ]; then
    echo "SKIPPED steps of $*: NEREID_TEST_DATA is not set"
    return 0
  fi
  steps_wrong=0
  for steps_model in "$@"; do
    steps_attempt=1
    until ./nereid bench steps "$steps_model" --check --seconds=1 >"$logs/steps" 2>&1; do
      grep '^WRONG' "$logs/steps" || tail -n 20 "$logs/steps"
      [ "$steps_attempt" -lt 3 ] || {
        steps_wrong=1
        { grep '^WRONG' "$logs/steps" || tail -n 3 "$logs/steps"; } | cut -c 1-300 | sed 's/^/  /' >>"$logs/tests"
        break
      }
      steps_attempt=$((steps_attempt + 1))
    done
    echo "steps of $steps_model: $steps_attempt attempts"
  done
  return "$steps_wrong"
}

# Prints the summary and exits: 0 only if everything passed.
finish() {
  echo
  echo "steps: $steps_passed passed, $steps_failed failed; tests of Maven: $tests_run run, $tests_skipped skipped$failed_names"
  cat "$logs/tests"
  rm -rf "$logs"
  # A step of Maven that fails without a failed test (it did not compile, say) still counts as one failure.
  failed=$((tests_bad + steps_failed))
  echo "$((tests_run - tests_bad - tests_skipped + steps_passed)) passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}
