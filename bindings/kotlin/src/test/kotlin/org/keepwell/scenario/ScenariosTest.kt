package org.keepwell.scenario

import java.nio.file.Path
import kotlin.io.path.name
import kotlin.io.path.readText
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.test.fail
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import org.keepwell.CommandRefused
import org.keepwell.ServerProcesses
import org.keepwell.WalletException
import org.keepwell.repository

/** The scenarios that Rust and Swift run, too. */
class ScenariosTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    fun scenario(file: Path, @TempDir folder: Path): Unit = runBlocking {
        val names = mutableMapOf<String, JsonElement>()
        val scenario = Json.parseToJsonElement(file.readText()).jsonObject
        if ("servers" in scenario) names += builtInNames()
        val operations = Operations(folder)
        scenario.getValue("steps").jsonArray.forEachIndexed { index, step ->
            try {
                run(step.jsonObject, operations, names)
            } catch (failure: AssertionError) {
                fail("${file.name}, step ${index + 1}: $step\n${failure.message}", failure)
            }
        }
    }

    @Test
    fun `a result fits or does not`() {
        val actual = Json.parseToJsonElement("""{"a": [1, {"b": "c", "d": null}], "e": true}""")
        for (right in listOf("{}", """{"e": true}""", """{"a": [1, {"b": "c"}]}""", """{"a": {"count": 2, "first": 1, "has": {"d": null}, "lacks": {"b": "d"}}}""")) {
            assertTrue(fits(Json.parseToJsonElement(right), actual), right)
        }
        for (wrong in listOf("""{"e": false}""", """{"f": null}""", """{"a": [1]}""", """{"a": {"count": 1}}""", """{"a": {"first": 2}}""", """{"a": {"has": {"b": "d"}}}""", """{"a": {"lacks": {"b": "c"}}}""")) {
            assertFalse(fits(Json.parseToJsonElement(wrong), actual), wrong)
        }
    }

    private suspend fun run(step: JsonObject, operations: Operations, names: MutableMap<String, JsonElement>) {
        val began = TimeSource.Monotonic.markNow()
        while (true) {
            try {
                return attempt(step, operations, names)
            } catch (failure: AssertionError) {
                if ("until" !in step || began.elapsedNow() > 60.seconds) throw failure
                delay(200.milliseconds)
            }
        }
    }

    private suspend fun attempt(step: JsonObject, operations: Operations, names: MutableMap<String, JsonElement>) {
        val with = step["with"]?.let { filled(it, names) } ?: JsonObject(emptyMap())
        val throws = step["throws"]?.let { filled(it, names) }
        val result = try {
            operations.perform(step.getValue("do").jsonPrimitive.content, step["on"]?.jsonPrimitive?.content ?: "phone", with.jsonObject)
        } catch (error: WalletException) {
            return expect(throws, told(error), "threw")
        } catch (error: CommandRefused) {
            return expect(throws, JsonObject(mapOf("error" to JsonPrimitive("Command"), "code" to JsonPrimitive(error.code))), "threw")
        }
        if (throws != null) fail("gave $result and threw nothing")
        step["gives"]?.let { expect(filled(it, names), result, "gave") }
        step["keep"]?.jsonObject?.forEach { (name, path) -> names[name] = result.at(path.jsonPrimitive.content) }
    }

    private fun expect(expected: JsonElement?, actual: JsonElement, what: String) {
        if (expected == null || !fits(expected, actual)) fail("$what $actual, expected $expected")
    }

    /** The value with what its `$names` stand for. */
    private fun filled(value: JsonElement, names: Map<String, JsonElement>): JsonElement = when (value) {
        is JsonArray -> JsonArray(value.map { filled(it, names) })
        is JsonObject -> JsonObject(value.mapValues { filled(it.value, names) })
        is JsonPrimitive -> if (value.isString && value.content.startsWith("$")) names.getValue(value.content.drop(1)) else value
    }

    /** An error as scenarios write it. */
    private fun told(error: WalletException) = JsonObject(
        buildMap {
            put("error", JsonPrimitive(error.javaClass.simpleName))
            put("code", JsonPrimitive(error.code()))
            if (error is WalletException.WrongPin) put("left", JsonPrimitive(error.left.toLong()))
            if (error is WalletException.PinDelayed) put("seconds", JsonPrimitive(error.seconds.toLong()))
            if (error is WalletException.WordsUnreadable) put("position", error.position?.let { JsonPrimitive(it.toLong()) } ?: JsonNull)
        },
    )

    private fun builtInNames(): Map<String, JsonElement> {
        val servers = ServerProcesses.servers()
        return mapOf(
            "ledger" to JsonPrimitive(servers.ledgerUrl),
            "host" to JsonPrimitive(servers.hostUrl),
            "anchor" to JsonPrimitive(servers.anchor.decodeToString()),
            "clinic" to JsonPrimitive(ServerProcesses.clinicName),
            "provider" to JsonPrimitive(ServerProcesses.provider.text),
        )
    }

    private companion object {
        @JvmStatic
        fun files(): List<Path> =
            repository.resolve("fixtures/scenarios").toFile().listFiles { it.extension == "json" }!!.map { it.toPath() }.sorted()
    }
}
