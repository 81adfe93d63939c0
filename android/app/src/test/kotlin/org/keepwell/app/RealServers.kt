package org.keepwell.app

import java.io.File
import java.net.URI
import java.net.URLEncoder
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.Assume.assumeTrue
import org.keepwell.Servers

/** The servers that dev.d/servers has started. */
class RealServers private constructor(file: File) {
    private val folder = checkNotNull(file.absoluteFile.parentFile)
    private val json = Json.parseToJsonElement(file.readText()).jsonObject
    private val own = json.getValue("clinic").jsonObject
    private val keepwell = File(folder, json.text("keepwell")).path

    val servers = Servers(json.text("ledgerUrl"), json.text("hostUrl"), File(folder, json.text("anchor")).readBytes())
    val clinic = own.text("name")

    /** The connection that an app is built with to go there. */
    val connection = File(folder, json.text("connection")).readBytes()

    /** What the clinic can read now of the grants it was sent; empty if it is refused. */
    fun clinicReads(): List<String> {
        run("clinic", "sync")
        val grants = Json.parseToJsonElement(run("clinic", "grants", "--json")).jsonObject.getValue("grants").jsonArray
        return grants.map { run("clinic", "read", it.jsonObject.text("grant"), "--json") }.filter { it.isNotBlank() }
    }

    /** Asks the process that plays clinics' servers and a patient's browser. */
    fun smart(path: String, query: Map<String, String>): String {
        val escaped = query.map { (name, value) -> "$name=${URLEncoder.encode(value, Charsets.UTF_8)}" }
        return URI(json.text("smartUrl") + path + "?" + escaped.joinToString("&")).toURL().readText()
    }

    /** What a front desk gets that opens a link. */
    fun opens(link: String): String = run("share", "open", link, "--recipient", "Front desk", "--json")

    /** The same with what the patient told them. */
    fun opens(link: String, passcode: String): String {
        val file = File.createTempFile("passcode", null).apply { writeText(passcode) }
        try {
            return run("share", "open", link, "--recipient", "Front desk", "--json", "--passcode-file", file.path)
        } finally {
            file.delete()
        }
    }

    private fun run(vararg arguments: String): String {
        val process = ProcessBuilder(keepwell, *arguments).redirectError(ProcessBuilder.Redirect.INHERIT)
            .apply { environment() += mapOf("KEEPWELL_HOME" to File(folder, own.text("home")).path, "KEEPWELL_PIN" to own.text("pin")) }
            .start()
        val printed = process.inputStream.bufferedReader().readText()
        return if (process.waitFor() == 0) printed else ""
    }

    private fun JsonObject.text(name: String) = getValue(name).jsonPrimitive.content

    companion object {
        /** The servers of this run; without them the test is skipped, but not in CI. */
        fun started(): RealServers {
            val file = System.getenv("KEEPWELL_SERVERS")
            check(file != null || System.getenv("CI") != "true") { "CI=true: KEEPWELL_SERVERS is not set" }
            assumeTrue("KEEPWELL_SERVERS is not set, so the real wallet stays untested", file != null)
            return RealServers(File(checkNotNull(file)))
        }
    }
}
