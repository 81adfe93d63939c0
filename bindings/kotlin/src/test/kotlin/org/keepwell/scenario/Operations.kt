package org.keepwell.scenario

import java.io.FileOutputStream
import java.io.IOException
import java.io.OutputStream
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import kotlin.io.path.copyToRecursively
import kotlin.io.path.deleteIfExists
import kotlin.io.path.ExperimentalPathApi
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.launch
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.keepwell.*

/** Does the operations of `fixtures/scenarios/README.md`, on phones in [folder]. */
class Operations(private val folder: Path) {
    private val phones = mutableMapOf<String, Phone>()

    suspend fun perform(operation: String, on: String, with: JsonObject): JsonElement {
        val phone = phone(on)
        return when (operation) {
            "choices" -> told(choices())
            "findProviders" -> told(findProviders(with.list("providers").map { it.jsonObject.summary() }, with.text("text")))
            "readTypedWords" -> told(readTypedWords(with.bytes("text")))
            "generateWords" -> RecoveryWords.generate().use(::told)
            "parseWords" -> RecoveryWords.parse(with.bytes("text")).use(::told)
            "suggestWords" -> told(suggestWords(with.bytes("text")))
            "checkQuiz" -> with.words { it.checkQuiz(with.answers()) }
            "readAnchorFingerprint" -> told(readAnchorFingerprint(with.bytes("anchor")))
            "readConnection" -> told(readConnection(with.bytes("text")))
            "create" -> with.words { phone.took(Wallet.create(phone.config(), it, with.pin(), with.passphrase())) }
            "open" -> JsonNull.also { phone.wallet = Wallet.open(phone.config()) }
            "restore" -> with.words {
                val restored = Wallet.restore(phone.config(), it, with.pin(), with.servers(), with.passphrase())
                phone.took(OpenedWallet(restored.wallet, restored.authentication))
                restored.report
            }
            "wipeDeviceKey" -> told(phone.deviceKey.delete(DeviceKeyPurpose.PIN))
            "enrollFinger" -> told(phone.deviceKey.enrollFinger())
            "copyWallet" -> told(copy(phone(with.text("from")).home, phone.home))
            "clinic" -> ServerProcesses.clinic(with.list("arguments").map { it.jsonPrimitive.content })
            "startSmartServer" -> told(ServerProcesses.smart("/start", with.texts()))
            "openInBrowser" -> told(ServerProcesses.smart("/agree", with.texts()))
            else -> told(call(operation, phone, checkNotNull(phone.wallet) { "$on has no wallet" }, with))
        }
    }

    private fun phone(name: String) = phones.getOrPut(name) { Phone(folder.resolve(name)) }

    private suspend fun call(operation: String, phone: Phone, wallet: Wallet, with: JsonObject): Any? {
        val fresh = phone.authentication
        return when (operation) {
            "unlock" -> phone.authentication = wallet.unlock(with.pin())
            "unlockWithWords" -> with.words { phone.authentication = wallet.unlockWithWords(it, with.pin(), with.passphrase()) }
            "isUnlocked" -> wallet.isUnlocked()
            "lock" -> wallet.lock()
            "release" -> wallet.release()
            "erase" -> wallet.erase(fresh!!)
            "eraseUnauthenticated" -> wallet.eraseUnauthenticated()
            "changePin" -> with.pin().use { wallet.changePin(fresh!!, it) }
            "shownWords" -> fresh!!.words().decodeToString()
            "setAutoLock" -> wallet.setAutoLock(with.number("inFront")?.seconds, with.number("inBackground")?.seconds)
            "autoLock" -> wallet.autoLock()
            "hasBiometrics" -> wallet.hasBiometrics()
            "enableBiometrics" -> wallet.enableBiometrics(fresh!!)
            "unlockWithBiometrics" -> wallet.unlockWithBiometrics()
            "disableBiometrics" -> wallet.disableBiometrics()
            "panicLock" -> wallet.panicLock()
            "status" -> wallet.status()
            "answerQuiz" -> wallet.confirmWords(fresh!!, with.answers())
            "import" -> wallet.importRecords(with.source(), with.options())
            "importFiles" -> wallet.importFiles(with.list("files").map { it.jsonObject.source() }, with.options())
            "imports" -> wallet.imports()
            "importReach" -> wallet.importReach(DeliveryId(with.text("import")))
            "undoImport" -> wallet.undoImport(DeliveryId(with.text("import")))
            "recordHistory" -> wallet.recordHistory(RecordId(with.text("id")))
            "people" -> wallet.people()
            "forgetPerson" -> wallet.forgetPerson(with.number("number")!!.toULong())
            "quarantine" -> wallet.quarantine()
            "quarantinedText" -> wallet.quarantinedBytes(QuarantineId(with.text("item"))).decodeToString()
            "retryQuarantined" -> wallet.retryQuarantined(with.textOrNull("item")?.let(::QuarantineId), with.textOrNull("patient"))
            "dropQuarantined" -> wallet.dropQuarantined(QuarantineId(with.text("item")))
            "quarantineRecord" -> wallet.quarantineRecord(RecordId(with.text("id")))
            "records" -> wallet.records(with.query())
            "recordCounts" -> wallet.recordCounts()
            "record" -> Json.parseToJsonElement(wallet.record(RecordId(with.text("id"))).decodeToString())
            "recordView" -> wallet.recordView(RecordId(with.text("id")))
            "attachment" -> wallet.attachment(RecordId(with.text("record")), with.number("index")!!.toUInt())
            "recordSeries" -> wallet.recordSeries(RecordId(with.text("id")))
            "export" -> export(with) { path, sink ->
                if (sink == null) wallet.exportRecords(fresh!!, path) else wallet.exportRecordsTo(fresh!!, sink)
            }
            "exportHistory" -> export(with) { path, sink ->
                if (sink == null) wallet.exportHistory(fresh!!, path) else wallet.exportHistoryTo(fresh!!, sink)
            }
            "connect" -> wallet.connect(fresh!!, with.servers())
            "ledgerStatus" -> wallet.ledgerStatus()
            "ledgerQuestions" -> wallet.ledgerQuestions()
            "anchorFingerprint" -> wallet.anchorFingerprint()
            "renewTrust" ->
                wallet.renewTrust(
                    fresh!!,
                    LedgerRenewal(with.bytes("anchor"), with.textOrNull("ledgerUrl"), with.textOrNull("fingerprint")?.let(::AnchorFingerprint)),
                )
            "sync" -> wallet.sync(SyncOptions(with["anchor"]?.jsonPrimitive?.boolean ?: false, with.duration("wait")))
            "queued" -> wallet.queued()
            "activity" -> wallet.activity().entries
            "ownActivity" -> wallet.ownActivity()
            "providers" -> wallet.providers()
            "provider" -> wallet.provider(with.provider())
            "grant" -> wallet.grant(fresh!!, with.grant())
            "extendGrant" -> wallet.extendGrant(fresh!!, GrantId(with.text("grant")), with.duration("duration"))
            "noteAccessRequest" -> wallet.noteAccessRequest(with.text("text"))
            "accessRequests" -> wallet.accessRequests()
            "approveAccessRequest" -> wallet.approveAccessRequest(
                fresh!!,
                RequestId(with.text("request")),
                AccessRequestAnswer(
                    with.scope(),
                    with.leaveOut(),
                    with.number("duration")?.let(Duration::ofSeconds),
                    with["anonymous"]?.jsonPrimitive?.boolean ?: false,
                ),
            )
            "refuseAccessRequest" -> wallet.refuseAccessRequest(RequestId(with.text("request")))
            "beginSource" -> wallet.beginSource(with.text("address"), "keepwell", "keepwell://authorized")
            "finishSource" -> wallet.finishSource(with.text("redirect"), with.textOrNull("patient"))
            "sources" -> wallet.sources()
            "syncSource" -> sync(wallet, SourceId(with.text("source")))
            "removeSource" -> wallet.removeSource(SourceId(with.text("source")))
            "grants" -> wallet.grants()
            "grantById" -> wallet.grantById(GrantId(with.text("grant")))
            "revoke" -> wallet.revoke(GrantId(with.text("grant")))
            "preview" -> wallet.preview(ProviderId(with.text("provider")))
            "previewGrant" -> wallet.previewGrant(wallet.scopeLeavingOut(with.scope(), with.leaveOut()))
            "previewOfGrant" -> wallet.previewOfGrant(GrantId(with.text("grant")))
            "extensionDurations" -> wallet.extensionDurations(GrantId(with.text("grant")))
            "grantActivity" -> wallet.grantActivity(GrantId(with.text("grant")))
            "audit" -> wallet.audit()
            "exportAudit" -> wallet.exportAuditTo(fresh!!, PiecesStream(OutputStream.nullOutputStream(), with.number("takes") ?: Long.MAX_VALUE))
            "exposure" -> wallet.exposure(ProviderId(with.text("provider")))
            "grantReceipt" -> wallet.grantReceipt(GrantId(with.text("grant")), named(with.text("decision")))?.let { bytes(it.receipt) }
            "ledgerEquivocation" -> wallet.ledgerEquivocation()?.let(::bytes)
            "stampRecords" -> wallet.stampRecords(with.list("records").map { RecordId(it.jsonPrimitive.content) })
            "stampAllRecords" -> wallet.stampAllRecords()
            "exchangeTimeStamps" -> wallet.exchangeTimeStamps()
            "timeStamps" -> wallet.timeStamps()
            "recordTimeStamp" -> bytes(wallet.recordTimeStamp(RecordId(with.text("id"))).proof)
            "verifyGrant" -> wallet.verifyGrant(GrantId(with.text("grant")))
            "share" -> wallet.share(with.share())
            "shareOnLedger" -> wallet.shareOnLedger(fresh!!, with.share())
            "verifyShare" -> wallet.verifyShare(LinkId(with.text("share")))
            "renderedPdf" -> {
                val pdf = wallet.renderedPdf(fresh!!, with.scopes(), with.leaveOut(), with.withNumbers())
                JsonObject(mapOf("begins" to JsonPrimitive(checkNotNull(pdf).copyOf(5).decodeToString())))
            }
            "previewShare" -> wallet.previewShare(with.scopes(), with.leaveOut(), with.withNumbers(), with.shareFormat())
            "shareLink" -> wallet.shareLink(LinkId(with.text("share")))
            "shares" -> wallet.shares()
            "changeShare" -> wallet.changeShare(LinkId(with.text("share")), named(with.text("action")))
            "shareLog" -> wallet.shareLog(LinkId(with.text("share")))
            "openShare" -> wallet.openShare(with.text("link"), with.text("recipient"), with.textOrNull("passcode")).single()
            else -> error("there is no operation $operation")
        }
    }

    private suspend fun sync(wallet: Wallet, source: SourceId): JsonObject = coroutineScope {
        val asked = Channel<String>(Channel.UNLIMITED)
        val listening = launch(start = CoroutineStart.UNDISPATCHED) {
            wallet.events().filterIsInstance<Event.SourceProgress>().filter { it.source == source }.collect { asked.send(it.resourceType) }
        }
        try {
            val synced = wallet.syncSource(source)
            val last = synced.files.last()
            val heard = mutableListOf<String>()
            // Observers are told on a thread of their own; whose record it is is no step of it.
            while (last != "Patient" && last !in heard) heard += asked.receive()
            JsonObject(told(synced).jsonObject + ("asked" to told(heard)))
        } finally {
            listening.cancel()
        }
    }

    private suspend fun export(with: JsonObject, write: suspend (String, OutputStream?) -> ExportReport): ExportReport {
        val to = with.textOrNull("to")
        val file = folder.resolve(to ?: "export")
        try {
            val takes = with.number("takes") ?: return write("$file", null)
            return FileOutputStream("$file").use { write("$file", PiecesStream(it, takes)) }
        } finally {
            if (to == null) file.deleteIfExists()
        }
    }

    private fun JsonObject.source(): ImportSource = when {
        "resources" in this -> ImportSource.Bytes(list("resources").joinToString("\n").toByteArray())
        "text" in this -> ImportSource.Bytes(bytes("text"))
        "stream" in this -> ImportSource.Stream("stream", TextStream(bytes("stream")))
        "exported" in this -> ImportSource.File("${folder.resolve(text("exported"))}")
        else -> ImportSource.File("${repository.resolve(text("file"))}")
    }

    @OptIn(ExperimentalPathApi::class)
    private fun copy(from: Path, to: Path) {
        Files.createDirectories(to.parent)
        from.copyToRecursively(to, followLinks = false)
    }
}

private fun told(words: RecoveryWords) =
    JsonObject(mapOf("words" to JsonPrimitive(words.text().decodeToString()), "count" to JsonPrimitive(words.count().toInt())))

private fun bytes(file: ByteArray) = JsonObject(mapOf("bytes" to JsonPrimitive(file.size)))

private suspend fun JsonObject.words(block: suspend (RecoveryWords) -> Any?): JsonElement =
    RecoveryWords.parse(bytes("words")).use { told(block(it)) }

private fun JsonObject.text(key: String): String = getValue(key).jsonPrimitive.content
private fun JsonObject.textOrNull(key: String): String? = this[key]?.jsonPrimitive?.contentOrNull
private fun JsonObject.texts() = mapValues { it.value.jsonPrimitive.content }
private fun JsonObject.bytes(key: String): ByteArray = textOrNull(key).orEmpty().toByteArray()
private fun JsonObject.pin() = Pin(bytes("pin"))
private fun JsonObject.passphrase() = Passphrase(bytes("passphrase"))
private fun JsonObject.list(key: String): List<JsonElement> = this[key]?.jsonArray.orEmpty()
private fun JsonObject.number(key: String): Long? = this[key]?.jsonPrimitive?.long
private fun JsonObject.time(key: String): Instant? = number(key)?.let(Instant::ofEpochSecond)
private fun JsonObject.duration(key: String): Duration = Duration.ofSeconds(number(key) ?: 0)

private fun JsonObject.servers(): Servers {
    val builtIn = ServerProcesses.servers()
    return Servers(
        textOrNull("ledgerUrl") ?: builtIn.ledgerUrl,
        textOrNull("hostUrl") ?: builtIn.hostUrl,
        textOrNull("anchor")?.toByteArray() ?: builtIn.anchor,
    )
}

private fun JsonObject.options() = ImportOptions(textOrNull("source"), textOrNull("patient"))

private fun JsonObject.query() = RecordQuery(
    category = textOrNull("category")?.let { named<RecordCategory>(it) },
    text = textOrNull("text"),
    since = time("since"),
    until = time("until"),
    limit = number("limit")?.toUInt() ?: 50u,
    after = textOrNull("after")?.let(::Cursor),
    order = textOrNull("order")?.let { named<RecordOrder>(it) },
)

private fun JsonObject.scope() = Scope(
    categories = list("categories").map { named<RecordCategory>(it.jsonPrimitive.content) },
    types = list("types").map { it.jsonPrimitive.content },
    codes = list("codes").map { CodeFilter(it.jsonObject.text("system"), it.jsonObject.text("code")) },
    since = time("since"),
    until = time("until"),
    records = list("records").map { RecordId(it.jsonPrimitive.content) },
)

private fun JsonObject.scopes() = list("scopes").map { it.jsonObject.scope() }

private fun JsonObject.summary() = ProviderSummary(ProviderId(text("provider")), text("name"), text("place"), ProviderState.LISTED)

private fun JsonObject.provider(): ProviderSelection =
    textOrNull("name")?.let { ProviderSelection.ByName(it) } ?: ProviderSelection.ById(ProviderId(text("id")))

private fun JsonObject.grant() = GrantRequest(
    provider(),
    scope(),
    duration("duration"),
    textOrNull("purpose")?.let { named<Purpose>(it) },
    this["anonymous"]?.jsonPrimitive?.boolean ?: false,
)

private fun JsonObject.share() =
    ShareRequest(scopes(), textOrNull("label"), duration("life"), number("opens")?.toUInt(), shareFormat(), leaveOut(), withNumbers(), manifest())

private fun JsonObject.manifest() = (this["manifest"] as? JsonObject)?.let {
    ManifestRequest(isLongTerm = it["isLongTerm"]?.jsonPrimitive?.boolean ?: false, passcode = it.textOrNull("passcode"))
}

private fun JsonObject.shareFormat() = textOrNull("format")?.let { named<ShareFormat>(it) }

private fun JsonObject.leaveOut() = list("leaveOut").map { named<Sensitivity>(it.jsonPrimitive.content) }

private fun JsonObject.withNumbers() = this["withNumbers"]?.jsonPrimitive?.boolean ?: false

private fun JsonObject.answers(): List<QuizAnswer> {
    val given = this["answers"] as? JsonArray
    if (given != null) return given.map { QuizAnswer(it.jsonObject.number("position")!!.toUInt(), it.jsonObject.bytes("word")) }
    val words = text("words").split(' ')
    return RecoveryWords.parse(bytes("words")).use { it.quiz() }.map { QuizAnswer(it, words[it.toInt() - 1].toByteArray()) }
}

/** Passes so many pieces on, and then refuses. */
private class PiecesStream(private val stream: OutputStream, private var left: Long) : OutputStream() {
    override fun write(byte: Int) = error("it is written in pieces")

    override fun write(bytes: ByteArray) {
        if (left-- <= 0) throw IOException("there is no more room")
        stream.write(bytes)
    }
}

/** A text that is given once, from its beginning to its end. */
private class TextStream(private var rest: ByteArray) : ImportStream {
    override suspend fun read(most: UInt): ByteArray {
        val next = rest.take(most.toInt()).toByteArray()
        rest = rest.drop(next.size).toByteArray()
        return next
    }
}
