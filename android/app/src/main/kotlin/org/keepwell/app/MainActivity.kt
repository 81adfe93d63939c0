package org.keepwell.app

import android.Manifest
import android.content.ActivityNotFoundException
import android.content.Intent
import android.content.pm.PackageManager
import android.os.Build
import android.net.Uri
import android.os.Bundle
import android.provider.Settings
import android.widget.Toast
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.lifecycle.ViewModel
import androidx.lifecycle.ViewModelProvider
import androidx.lifecycle.viewModelScope
import androidx.lifecycle.viewmodel.initializer
import androidx.lifecycle.viewmodel.viewModelFactory
import java.time.InstantSource
import org.keepwell.platform.AndroidBrowser
import org.keepwell.platform.AndroidShareSheet
import org.keepwell.platform.ContentFile
import org.keepwell.platform.ContentPlace
import org.keepwell.platform.IncomingIntents
import org.keepwell.platform.keepPrivate
import org.keepwell.wallet.background.KeptWishes
import org.keepwell.wallet.model.ChosenPlace
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.screen.AppModel
import org.keepwell.wallet.service.HealthSource
import org.keepwell.wallet.service.WalletServices

/** Has the wallet that the activity shows. */
interface WalletOwner {
    val wallet: WalletServices
    val wishes: KeptWishes
    val health: HealthSource
    val clock: InstantSource
}

/** The app's one activity. */
class MainActivity : ComponentActivity() {
    /** Outlives a turn of the phone, ends with the task. */
    class Retained(owner: WalletOwner, navigator: Navigator, sheet: AndroidShareSheet, browser: AndroidBrowser) : ViewModel() {
        val app = AppModel(owner.wallet, navigator, owner.clock, sheet, browser, owner.wishes, owner.health, viewModelScope)

        override fun onCleared() = app.close()
    }

    private lateinit var app: AppModel

    /** What outlives a turn of the phone. */
    internal val model get() = app

    private val filePicker = registerForActivityResult(ActivityResultContracts.OpenDocument(), ::takeFile)

    /** One for each kind, which so outlives a process that ends while the person chooses. */
    private val placePickers = ExportKind.entries.associateWith { kind ->
        registerForActivityResult(ActivityResultContracts.CreateDocument(kind.mediaType)) { takePlace(kind, it) }
    }

    /** The name has the ending of its kind; a media type of its own would let the other app add one. */
    private val copyPicker = registerForActivityResult(ActivityResultContracts.CreateDocument("application/octet-stream"), ::takeCopyPlace)

    private val cameraPermission = registerForActivityResult(ActivityResultContracts.RequestPermission(), ::answerCamera)

    private val healthPermissions = registerForActivityResult(ActivityResultContracts.RequestMultiplePermissions()) { app.answerHealth() }

    /** Whether there is something to ask: leave to tell the person later, which Android asks for since 13. */
    private var canAskToTell by mutableStateOf(false)

    private val noticePermission = registerForActivityResult(ActivityResultContracts.RequestPermission(), ::answerTell)

    /** Whether it had been refused when it was asked for last. */
    private var wasRefused = false

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        keepPrivate(this)
        enableEdgeToEdge()
        val factory = viewModelFactory {
            initializer {
                val saved = savedInstanceState?.getStringArrayList(PLACES).orEmpty()
                Retained(application as WalletOwner, Navigator(saved), AndroidShareSheet(application), AndroidBrowser(application))
            }
        }
        app = ViewModelProvider(this, factory)[Retained::class.java].app
        canAskToTell = !isAllowedToTell()
        // What was handed over is asked about once, also where the phone was turned or the process ended meanwhile.
        if (savedInstanceState == null) receive(intent)
        setContent {
            KeepwellApp(
                model = app,
                askForCamera = ::askForCamera,
                askForFile = ::askForFile,
                askForPlace = ::askForPlace,
                askForHealth = ::askForHealth,
                phone = AndroidPhone(this, copyPicker),
                onTellMe = ::askToTell.takeIf { canAskToTell },
            ) { onCode -> CameraView(onCode = onCode) }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        receive(intent)
    }

    override fun onStart() {
        super.onStart()
        // The settings may have allowed it meanwhile.
        if (isAllowedToTell()) canAskToTell = false
        app.setInBackground(false)
    }

    override fun onStop() {
        if (!isChangingConfigurations) app.setInBackground(true)
        super.onStop()
    }

    override fun onSaveInstanceState(outState: Bundle) {
        super.onSaveInstanceState(outState)
        outState.putStringArrayList(PLACES, ArrayList(app.navigator.saved()))
    }

    private fun askForCamera() {
        if (isAllowed(Manifest.permission.CAMERA)) {
            answerCamera(true)
        } else {
            cameraPermission.launch(Manifest.permission.CAMERA)
        }
    }

    private fun askToTell() {
        wasRefused = isRefusedOnce()
        noticePermission.launch(Manifest.permission.POST_NOTIFICATIONS)
    }

    private fun answerTell(isGranted: Boolean) {
        // Whoever refused twice is not asked by Android any more: only its settings can allow it then.
        if (!isGranted && !wasRefused && !isRefusedOnce()) {
            startActivity(Intent(Settings.ACTION_APP_NOTIFICATION_SETTINGS).putExtra(Settings.EXTRA_APP_PACKAGE, packageName))
        } else {
            canAskToTell = false
        }
    }

    /** Whether it was refused so that Android would ask once more. */
    private fun isRefusedOnce() = shouldShowRequestPermissionRationale(Manifest.permission.POST_NOTIFICATIONS)

    private fun isAllowedToTell() =
        Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU || isAllowed(Manifest.permission.POST_NOTIFICATIONS)

    private fun isAllowed(permission: String) = checkSelfPermission(permission) == PackageManager.PERMISSION_GRANTED

    private fun answerCamera(isGranted: Boolean) = app.answerCamera(isGranted)

    private fun askForFile() = try {
        filePicker.launch(arrayOf("*/*"))
    } catch (_: ActivityNotFoundException) {
        // A phone without an app for files; other apps can still hand theirs over.
        Toast.makeText(this, R.string.add_file_none, Toast.LENGTH_LONG).show()
    }

    /** Android asks for what was not answered yet, and shows nothing where all was. */
    private fun askForHealth() = healthPermissions.launch(app.healthPermissions.toTypedArray())

    private fun askForPlace(kind: ExportKind, fileName: String) = try {
        placePickers.getValue(kind).launch(fileName)
    } catch (_: ActivityNotFoundException) {
        Toast.makeText(this, R.string.phone_cannot, Toast.LENGTH_LONG).show()
    }

    private fun takePlace(kind: ExportKind, uri: Uri?) {
        if (uri != null) app.receive(ChosenPlace(kind, ContentPlace(contentResolver, uri)))
    }

    private fun takeCopyPlace(uri: Uri?) {
        if (uri != null) app.saveTo(ContentPlace(contentResolver, uri))
    }

    private fun takeFile(uri: Uri?) {
        if (uri != null) app.receive(Incoming.File(ContentFile(contentResolver, uri)))
    }

    private fun receive(intent: Intent) {
        IncomingIntents.read(intent, contentResolver)?.let(app::receive)
    }

    private companion object {
        const val PLACES = "places"
    }
}
