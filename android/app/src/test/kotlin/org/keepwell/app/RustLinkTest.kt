package org.keepwell.app

import android.content.Intent
import android.net.Uri
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextReplacement
import androidx.test.core.app.ApplicationProvider
import androidx.test.platform.app.InstrumentationRegistry
import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Socket
import java.nio.file.Files
import java.util.Base64
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Rule
import org.junit.Test
import org.junit.rules.ExternalResource
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.ImportSource
import org.keepwell.LinkAction
import org.keepwell.Pin
import org.keepwell.RecoveryWords
import org.keepwell.ShareRequest
import org.keepwell.SoftwareDeviceKey
import org.keepwell.Wallet
import org.keepwell.WalletConfig
import org.keepwell.createWallet
import org.keepwell.wallet.rust.RustWallet
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Links to records, as they come from elsewhere, opened through the app over the real library: one of our own host, and others. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustLinkTest {
    private val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(object : ExternalResource() {
        override fun before() {
            servers = RealServers.started()
            ApplicationProvider.getApplicationContext<RustApplication>().wallet = RustWallet(ownWallet(), MainScope())
        }
    }).around(compose)

    private lateinit var servers: RealServers
    private var hospital: HttpServer? = null

    @After
    fun theHospitalCloses() {
        hospital?.stop(0)
    }

    /** A wallet that works on its own, with the record of its owner, and let go of. */
    private fun ownWallet(): WalletConfig = runBlocking {
        val config = config()
        val (wallet, authentication) = Pin(PIN.toByteArray()).use { createWallet(config, RecoveryWords.generate(), it) }
        wallet.importRecords(ImportSource.Bytes(ANA.toByteArray()))
        authentication.void()
        wallet.release()
        config
    }

    private fun config(): WalletConfig {
        val home = Files.createTempDirectory("wallet")
        return WalletConfig(home.resolve("wallet").toString(), SoftwareDeviceKey(home.resolve("key")), acceptDemonstrationLedger = true)
    }

    /** The wallet of somebody who shares, connected to the servers. */
    private suspend fun sharing(records: String): Wallet {
        val (wallet, authentication) = Pin(PIN.toByteArray()).use { createWallet(config(), RecoveryWords.generate(), it) }
        wallet.importRecords(ImportSource.Bytes(records.toByteArray()))
        wallet.connect(authentication, servers.servers)
        return wallet
    }

    private fun receive(link: String) = compose.runOnUiThread {
        val intent = Intent(Intent.ACTION_VIEW, Uri.parse(link))
        InstrumentationRegistry.getInstrumentation().callActivityOnNewIntent(compose.activity, intent)
    }

    @Test
    fun aRealShareIsAskedAboutTakenInTakenBackAndSaidToHaveEnded(): Unit = with(clicks) {
        val other = runBlocking { sharing("$ANA\n$LATEX") }
        val share = runBlocking { other.share(ShareRequest(emptyList(), label = "Visit of 3 May", life = java.time.Duration.ofMinutes(10))) }
        enterPin(PIN, "Unlock")
        sees("Your records")
        receive("https://viewer.example/#${share.link}")
        sees("Add records from this code or link?")
        sees(Uri.parse(servers.servers.hostUrl).authority.orEmpty())
        sees("Visit of 3 May")
        assertEquals(emptyList(), runBlocking { other.shareLog(share.share.id) }, "nobody was asked yet")
        press("Add")
        // With the PDF that lists it.
        sees("2 new records")
        assertEquals(listOf("Keepwell"), runBlocking { other.shareLog(share.share.id) }.map { it.recipient })
        press("Open my records")
        sees("Latex")
        press("Add records")
        sees("What came in")
        scrollTo("Take back")
        press("Take back")
        sees("Take these records back?")
        pressInDialog("Take back")
        sees("2 records were taken back.")

        runBlocking { other.changeShare(share.share.id, LinkAction.REVOKE) }
        receive(share.link)
        press("Add")
        sees("This does not open any more")
        runBlocking { other.release() }
    }

    @Test
    fun ofSomebodyElsesRecordsNothingComesIn(): Unit = with(clicks) {
        val other = runBlocking { sharing("$TOM\n${LATEX.replace("ana", "tom")}") }
        val link = runBlocking { other.share(ShareRequest(emptyList(), life = java.time.Duration.ofMinutes(10))).link.also { other.release() } }
        enterPin(PIN, "Unlock")
        receive(link)
        press("Add")
        sees("Who are you?")
        sees("Tom Meier")
        press("None of them")
        sees("Your records")
        press("Add records")
        sees("What came in")
        assertTrue(compose.onAllNodes(androidx.compose.ui.test.hasText("Latex", substring = true)).fetchSemanticsNodes().isEmpty())
    }

    @Test
    fun aPasscodeSaysHowManyTriesAreLeftAndEveryFileOfTheListComesIn(): Unit = with(clicks) {
        val link = hospital(passcode = "4821")
        enterPin(PIN, "Unlock")
        receive(link)
        scrollToPart("It is not your PIN")
        type("passcode", "1111")
        press("Add")
        sees("That passcode is wrong. You can try 1 more time.")
        type("passcode", "4821")
        press("Add")
        sees("2 new records")
        press("Open my records")

        receive(hospital(passcode = "4821"))
        repeat(2) {
            type("passcode", "0000")
            press("Add")
            sees(if (it == 0) "You can try 1 more time." else "That passcode was wrong too often")
        }
        type("passcode", "4821")
        press("Add")
        sees("This does not open any more")
    }

    @Test
    fun whereItCannotBeOpenedTheAppSaysWhyAndNothingIsAdded(): Unit = with(clicks) {
        enterPin(PIN, "Unlock")
        // It has its port to itself, and nobody listens there.
        val closed = Socket().apply { bind(InetSocketAddress(InetAddress.getLoopbackAddress(), 0)) }
        for ((link, said) in listOf(
            link("http://127.0.0.1:${closed.localPort}/l/x") to "Nobody answers there.",
            link("https://10.0.0.7/l/x") to "Keepwell does not open, because it is not safe",
            hospital(passcode = null, isDamaged = true) to "What came is damaged",
        )) {
            receive(link)
            press("Add")
            sees(said)
        }
        for ((link, said) in listOf(
            link("http://hospital.example/l/x") to "Keepwell does not open, because it is not safe",
            link("https://hospital.example/l/x", version = 2) to "Keepwell can't open this kind of code or link yet",
            "shlink:/e30" to "This can't be opened.",
        )) {
            receive(link)
            sees(said)
            assertTrue(compose.onAllNodes(androidx.compose.ui.test.hasText("Add")).fetchSemanticsNodes().isEmpty(), said)
        }
        closed.close()
        press("Cancel")
        press("Add records")
        sees("What came in")
        assertTrue(compose.onAllNodes(androidx.compose.ui.test.hasText("127.0.0.1", substring = true)).fetchSemanticsNodes().isEmpty())
    }

    private fun type(tag: String, text: String) {
        clicks.sees("Add records from this code or link?")
        compose.onNode(androidx.compose.ui.test.hasScrollToNodeAction()).performScrollToNode(androidx.compose.ui.test.hasTestTag(tag))
        compose.onNodeWithTag(tag).performTextReplacement(text)
    }

    private fun link(url: String, flag: String = "U", version: Int = 1): String {
        val payload = """{"url":"$url","flag":"$flag","key":"${base64(KEY)}","v":$version}"""
        return "shlink:/" + base64(payload.toByteArray())
    }

    /** A server with a list of two files, one of them elsewhere, behind a passcode that may be tried twice; the link to it. */
    private fun hospital(passcode: String?, isDamaged: Boolean = false): String {
        hospital?.stop(0)
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        val place = "http://127.0.0.1:${server.address.port}"
        var left = 2
        server.createContext("/list") { exchange ->
            val asked = exchange.requestBody.readBytes().decodeToString()
            when {
                left == 0 -> exchange.answer(404, "")
                passcode != null && "\"passcode\":\"$passcode\"" !in asked -> exchange.answer(401, """{"remainingAttempts":${--left}}""")
                else -> exchange.answer(200, """{"files":[{"embedded":"${sealed(bundle(ANA, LATEX), isDamaged)}"},{"location":"$place/file"}]}""")
            }
        }
        server.createContext("/file") { it.answer(200, sealed(bundle(ANA, LATEX.replace("latex", "nuts").replace("Latex", "Nuts")))) }
        server.start()
        hospital = server
        return link("$place/list", flag = if (passcode == null) "" else "P")
    }

    private fun bundle(vararg resources: String) =
        """{"resourceType":"Bundle","type":"collection","entry":[${resources.joinToString(",") { """{"resource":$it}""" }}]}"""

    private fun HttpExchange.answer(status: Int, body: String) = use {
        sendResponseHeaders(status, body.length.toLong().takeIf { it > 0 } ?: -1)
        responseBody.use { it.write(body.toByteArray()) }
    }

    /** JWE, compact, `dir` and `A256GCM`: RFC 7516 §7.1. */
    private fun sealed(content: String, isDamaged: Boolean = false): String {
        val header = base64("""{"alg":"dir","enc":"A256GCM","cty":"application/fhir+json"}""".toByteArray())
        val nonce = ByteArray(12) { 7 }
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.ENCRYPT_MODE, SecretKeySpec(KEY, "AES"), GCMParameterSpec(128, nonce))
        cipher.updateAAD(header.toByteArray())
        val text = cipher.doFinal(content.toByteArray())
        if (isDamaged) text[0] = (text[0].toInt() xor 1).toByte()
        val (body, tag) = text.copyOf(text.size - 16) to text.copyOfRange(text.size - 16, text.size)
        return "$header..${base64(nonce)}.${base64(body)}.${base64(tag)}"
    }

    private fun base64(bytes: ByteArray): String = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)

    private companion object {
        const val PIN = "593817"
        val KEY = ByteArray(32) { it.toByte() }
        const val ANA = """{"resourceType":"Patient","id":"ana","name":[{"text":"Ana Ortega"}],"birthDate":"1974-03-09"}"""
        const val TOM = """{"resourceType":"Patient","id":"tom","name":[{"text":"Tom Meier"}],"birthDate":"2011-05-30"}"""
        const val LATEX =
            """{"resourceType":"AllergyIntolerance","id":"latex","code":{"text":"Latex"},"patient":{"reference":"Patient/ana"},"clinicalStatus":{"coding":[{"code":"active"}]}}"""
    }
}
