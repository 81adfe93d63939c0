package org.keepwell.app

import android.graphics.Bitmap
import android.graphics.Canvas
import android.view.View
import java.io.File

/** Draws a view as the phone would. */
fun picture(view: View): Bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888).also { view.draw(Canvas(it)) }

/** Draws a dialog in the middle, over what is behind it. */
fun Bitmap.cover(dialog: View) = Canvas(this).run {
    drawColor(0x52000000)
    translate((width - dialog.width) / 2f, (height - dialog.height) / 2f)
    dialog.draw(this)
}

/** The pictures side by side, a third as large, [columns] in a row. */
fun sheet(pictures: List<Bitmap>, columns: Int): Bitmap {
    val (width, height) = pictures.first().width / 3 to pictures.first().height / 3
    val rows = (pictures.size + columns - 1) / columns
    val sheet = Bitmap.createBitmap(columns * (width + GAP) + GAP, rows * (height + GAP) + GAP, Bitmap.Config.ARGB_8888)
    val canvas = Canvas(sheet)
    canvas.drawColor(0xFF7F8C8D.toInt())
    pictures.forEachIndexed { at, picture ->
        val half = Bitmap.createScaledBitmap(picture, picture.width / 2, picture.height / 2, true)
        val small = Bitmap.createScaledBitmap(half, width, height, true)
        canvas.drawBitmap(small, (GAP + at % columns * (width + GAP)).toFloat(), (GAP + at / columns * (height + GAP)).toFloat(), null)
    }
    return sheet
}

private const val GAP = 12

/** Keeps a picture as NAME.png in the folder that the property `pictures` names. */
fun Bitmap.keep(name: String) {
    val file = File(checkNotNull(System.getProperty("pictures")), "$name.png")
    checkNotNull(file.parentFile).mkdirs()
    file.outputStream().use { compress(Bitmap.CompressFormat.PNG, 100, it) }
}
