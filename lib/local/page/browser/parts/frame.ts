/** At most one call for each frame that the browser draws, however often it is asked for; none while the page is hidden. */
export const oncePerFrame = (draw: () => void): (() => void) => {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
};
