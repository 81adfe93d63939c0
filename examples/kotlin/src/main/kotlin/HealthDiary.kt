import java.nio.file.Path
import kotlin.io.path.readBytes
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.count
import kotlinx.coroutines.withTimeout
import org.keepwell.*

/** Arguments: a folder for two phones, the file that says where to connect, a file of records, and a clinic's name. */
suspend fun main(arguments: Array<String>) {
    val (folder, connection, file) = arguments.take(3).map { Path.of(it) }
    RecoveryWords.generate().use { words ->
        begin(folder.resolve("phone"), words).use { wallet ->
            connect(wallet, connection)
            takeIn(wallet, file)
            look(wallet)
            val granted = grant(wallet, clinic = arguments[3])
            share(wallet)
            end(wallet, granted)
            lock(wallet)
            wallet.release()
        }
        restore(folder.resolve("new-phone"), words, connection)
    }
}

/** The PIN as a pad of your own gives it: bytes, because a string can't be overwritten. */
fun typedPin() = "271828".toByteArray()

fun config(home: Path) = WalletConfig(
    home = "${home.resolve("wallet")}",
    deviceKey = SoftwareDeviceKey(home.resolve("key")), // on Android: KeystoreDeviceKey(context, BiometricCipherPrompt(…))
    acceptDemonstrationLedger = true, // only while you try things out
)

suspend fun begin(home: Path, words: RecoveryWords): Wallet {
    val (wallet, authentication) = typedPin().use { Pin(it) }.use { pin ->
        pin.checkChoice() // refuses 123456 and birthdays
        Wallet.create(config(home), words, pin)
    }
    authentication.use {
        val answers = it.quiz().map { position -> QuizAnswer(position, wordThatWasWrittenDown(words, position)) }
        wallet.confirmWords(it, answers)
        it.void()
    }
    println("The words were written down: ${wallet.status().wordsVerified}")
    return wallet
}

/** Stands for the person who types the word at this [position]. */
fun wordThatWasWrittenDown(words: RecoveryWords, position: UInt): ByteArray = words.text().use { text ->
    val spaces = listOf(-1) + text.indices.filter { text[it] == ' '.code.toByte() } + text.size
    text.copyOfRange(spaces[position.toInt() - 1] + 1, spaces[position.toInt()])
}

suspend fun connect(wallet: Wallet, connection: Path) {
    val offer = readConnection(connection.readBytes())
    println("Connect to ${offer.hostName}, with the ledger ${offer.anchorFingerprint}?") // ask, and only then:
    typedPin().use { Pin(it) }.use { pin ->
        wallet.withAuthentication(pin) { wallet.connect(it, offer.servers, invite = offer.invite) }
    }
}

suspend fun takeIn(wallet: Wallet, file: Path) {
    when (val outcome = wallet.importRecords(ImportSource.File("$file"))) {
        is ImportOutcome.Imported -> println("${outcome.report.added} records came in, ${outcome.report.quarantined.size} were set aside")
        is ImportOutcome.OtherPatients -> println("Which of these ${outcome.patients.size} are you?") // then ImportOptions(patient = "@2")
    }
    wallet.sync(wait = 30.seconds)
}

suspend fun look(wallet: Wallet) {
    wallet.recordCounts().forEach { println("${it.category}: ${it.count}") }
    wallet.allRecords(RecordQuery(category = RecordCategory.ALLERGIES)).collect { record ->
        val page = wallet.recordView(record.id).view
        println("${record.date ?: "undated"} ${page.row.title ?: record.resourceType}, ${page.facts.size} facts")
    }
}

suspend fun grant(wallet: Wallet, clinic: String): GrantView {
    val found = withTimeout(60.seconds) { find(wallet, clinic) }
    val scope = Scope(listOf(RecordCategory.ALLERGIES, RecordCategory.MEDICATIONS))
    val preview = wallet.previewGrant(scope)
    println("${found.name} would see ${preview.categories.sumOf { it.seen.size }} records") // show them, and only then:
    val granted = typedPin().use { Pin(it) }.use { pin ->
        wallet.withAuthentication(pin) {
            wallet.grant(it, GrantRequest(ProviderSelection.ById(found.provider), scope, 30.days, Purpose.TREAT))
        }
    }
    wallet.sync(wait = 60.seconds)
    println("Both screens show ${granted.matchCode}; ${wallet.grantById(granted.grant).state}")
    return granted
}

/** A clinic that was admitted a moment ago is in the ledger's next block. */
suspend fun find(wallet: Wallet, clinic: String): ProviderSummary {
    while (true) {
        findProviders(wallet.providers(), clinic).firstOrNull()?.let { return it }
        delay(1.seconds)
    }
}

suspend fun share(wallet: Wallet) {
    val shared = wallet.share(ShareRequest(life = 1.hours, label = "Check-in", opens = 1u))
    val code = qrCode(shared.link)
    println("A code of ${code.size} by ${code.size} squares holds ${shared.types.sumOf { it.count }} records")
    wallet.changeShare(shared.share.id, LinkAction.REVOKE)
    println("The code opens nothing any more: ${wallet.shares().single().state}")
}

suspend fun end(wallet: Wallet, granted: GrantView) {
    wallet.revoke(granted.grant) // decided on the phone at once, with or without a network
    wallet.sync(wait = 60.seconds)
    println("Proved by the ledger: ${wallet.grantById(granted.grant).state}")
}

suspend fun lock(wallet: Wallet) {
    wallet.setAutoLock(inFront = 300.seconds, inBackground = 60.seconds)
    wallet.lock()
    try {
        wallet.records(RecordQuery())
    } catch (e: WalletException.Locked) {
        println("Locked: ${e.code()}")
    }
    try {
        "000111".toByteArray().use { Pin(it) }.use { pin -> wallet.unlock(pin) }
    } catch (e: WalletException.WrongPin) {
        println("Wrong, ${e.left} tries are left")
    }
    typedPin().use { Pin(it) }.use { pin -> wallet.unlock(pin) }.use { it.void() }
}

suspend fun restore(home: Path, words: RecoveryWords, connection: Path) {
    val servers = readConnection(connection.readBytes()).servers
    val restored = typedPin().use { Pin(it) }.use { pin -> Wallet.restore(config(home), words, pin, servers) }
    restored.authentication.use { it.void() }
    restored.wallet.use { wallet ->
        println("${wallet.allRecords().count()} records are back; ${wallet.grants().single().state}")
        wallet.release()
    }
}
