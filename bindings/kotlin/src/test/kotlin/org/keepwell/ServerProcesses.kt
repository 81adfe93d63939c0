package org.keepwell

import java.io.File
import java.net.URI
import java.net.URLEncoder
import java.nio.file.Path
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** The repository's root. */
val repository: Path = Path.of(System.getProperty("keepwell.repository")).normalize()

/** `keepwell` refused with this code. */
class CommandRefused(val code: String) : Exception(code)

/** The real ledger, host and clinic that `dev.d/servers` started. */
object ServerProcesses {
    private val file = Path.of(checkNotNull(System.getenv("KEEPWELL_SERVERS")) { "run ./dev test kotlin, or in dev.d/servers" })
    private val document = Json.parseToJsonElement(file.readText()).jsonObject
    private val clinic = document.getValue("clinic").jsonObject

    val clinicName = clinic.text("name")
    val provider = ProviderId(clinic.text("provider"))

    fun servers() = Servers(document.text("ledgerUrl"), document.text("hostUrl"), path(document.text("anchor")).readBytes())

    /** Runs `keepwell clinic …` and reads its JSON document. */
    fun clinic(arguments: List<String>): JsonObject {
        val errors = File.createTempFile("clinic", ".log")
        try {
            val command = listOf("${path(document.text("keepwell"))}", "--json", "clinic") + arguments
            val builder = ProcessBuilder(command).redirectError(errors)
            builder.environment() += mapOf("KEEPWELL_HOME" to "${path(clinic.text("home"))}", "KEEPWELL_PIN" to clinic.text("pin"))
            val process = builder.start()
            val told = process.inputStream.readAllBytes().decodeToString()
            if (process.waitFor() == 0) return Json.parseToJsonElement(told).jsonObject
            val refusal = Json.parseToJsonElement(errors.readLines().last()).jsonObject
            throw CommandRefused(refusal.getValue("error").jsonObject.text("code"))
        } finally {
            errors.delete()
        }
    }

    /** Asks the process that plays clinics' servers and a patient's browser. */
    fun smart(path: String, query: Map<String, String>): String {
        val escaped = query.map { (name, value) -> "$name=${URLEncoder.encode(value, Charsets.UTF_8)}" }
        return URI(document.text("smartUrl") + path + "?" + escaped.joinToString("&")).toURL().readText()
    }

    private fun path(relative: String): Path = file.resolveSibling(relative)
}

private fun JsonObject.text(name: String): String = (getValue(name) as JsonPrimitive).jsonPrimitive.content
